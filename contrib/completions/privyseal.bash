# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Completion for privyseal(1). To /usr/share/bash-completion/completions/privyseal
# or into ~/.bashrc: . contrib/completions/privyseal.bash

# The commands that begin with the words so far, one word further.
_privyseal_next()
{
    case $1 in
    '') echo 'sign show status list policy explain token log index reload
        unlock init csr version help' ;;
    policy) echo 'check test explain' ;;
    token) echo 'list keygen' ;;
    log) echo 'show verify' ;;
    index) echo 'rebuild' ;;
    help) _privyseal_next '' ;;
    esac
}

_privyseal_options()
{
    echo '--json --quiet --help -s -c'
    case $1 in
    sign) echo '--policy' ;;
    init) echo '--dir' ;;
    csr) echo '--key' ;;
    'policy test') echo '--tap' ;;
    esac
}

_privyseal()
{
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local command='' word i

    COMPREPLY=()
    # The command is the words so far that are neither options nor theirs.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        -s | -c) i=$((i + 1)) ;;
        -*) ;;
        *)
            if [[ " $(_privyseal_next "$command" | tr '\n' ' ') " \
                == *" $word "* ]]; then
                command=${command:+$command }$word
            fi
            ;;
        esac
    done
    case $before in
    -s | -c | --dir | --socket | --config)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(
            compgen -W "$(_privyseal_options "$command")" -- "$current")
        return
    fi
    mapfile -t COMPREPLY < <(
        compgen -W "$(_privyseal_next "$command")" -- "$current")
    if [ "${#COMPREPLY[@]}" = 0 ]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -F _privyseal privyseal
