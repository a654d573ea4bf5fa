# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the scripts share: where things are, and steps that show that they are
# alive, keep a log, and say where it is when they fail. To be sourced.
#
#	root	the source tree
#	builds	where build directories live (PRIVYSEAL_BUILDS, else root/build)
#	logs	one log a step (PRIVYSEAL_LOGS, else builds/logs)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
builds=${PRIVYSEAL_BUILDS:-$root/build}
logs=${PRIVYSEAL_LOGS:-$builds/logs}
# When make called us: the make that we call has its own jobs and variables.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
# shellcheck disable=SC2034 # used by those who source this
jobs=${PRIVYSEAL_JOBS:-$(nproc)}

# Seconds between two signs of life where the output is no terminal.
heartbeat_s=60

colour=no
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    colour=yes
fi

# paint CODE TEXT: the text, in colour where that is wanted.
paint()
{
    if [ "$colour" = yes ]; then
        printf '\033[%sm%s\033[0m' "$1" "$2"
    else
        printf '%s' "$2"
    fi
}

# say TEXT: a line of our own.
say()
{
    printf '%s\n' "$*"
}

# die TEXT [STATUS]: ends the script with a message for people.
die()
{
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit "${2:-1}"
}

# seconds_as_text N: 7 s, or 2 min 05 s.
seconds_as_text()
{
    if [ "$1" -lt 60 ]; then
        printf '%d s' "$1"
    else
        printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
    fi
}

# is_tracked_tree: whether git can tell which files are ours.
is_tracked_tree()
{
    command -v git >/dev/null && git -C "$root" rev-parse --git-dir \
        >/dev/null 2>&1
}

# source_files PATTERN...: our files, relative to the root, one a line. In an
# unpacked tarball there is no git, and everything outside build/ is ours.
source_files()
{
    if is_tracked_tree; then
        # One that is staged but deleted is no file.
        git -C "$root" ls-files -- "$@" | while IFS= read -r f; do
            [ -e "$root/$f" ] && printf '%s\n' "$f"
        done
    else
        local pattern
        local -a names=()

        for pattern; do
            names+=(${names:+-o} -path "./$pattern")
        done
        (cd "$root" && find . \( -path ./build -o -path './build-*' \
            -o -path ./demo -o -path ./autom4te.cache \) -prune -o -type f \
            \( "${names[@]}" \) -print) | sed 's,^\./,,' | sort
    fi
}

# in_group COMMAND...: starts it in the background, in a process group of its
# own, so that the whole of it can be ended; its id is then in $!.
in_group()
{
    set -m
    "$@" &
    set +m
}

end_group()
{
    if [ -n "$1" ]; then
        kill -TERM -- "-$1" 2>/dev/null || true
        wait "$1" 2>/dev/null || true
    fi
}

# Runs beside a step and writes the time that has passed.
tick()
{
    local start=$SECONDS passed

    while sleep "$2"; do
        passed=$(seconds_as_text $((SECONDS - start)))
        if [ -t 1 ]; then
            printf '\r  %-46s %s ' "$1" "$passed"
        else
            printf '    ... %s, %s so far\n' "$1" "$passed"
        fi
    done
}

ticker=
running=

# When a script is interrupted, what it started must not go on without it.
end_step()
{
    end_group "$ticker"
    end_group "$running"
    ticker=
    running=
}

trap 'end_step; exit 130' INT
trap 'end_step; exit 143' TERM

run_logged()
{
    local log=$1

    shift
    trap - INT TERM
    set -e
    "$@" >"$log" 2>&1 </dev/null
}

# show_failure NAME STATUS LOG: what is needed to go on looking.
show_failure()
{
    say "$(paint '1;31' FAILED): $1 (exit status $2)"
    say "  log: $3"
    if [ -s "$3" ]; then
        say "  its last 20 lines:"
        tail -n 20 "$3" | sed 's/^/  | /'
    fi
}

# try_step NAME LOG COMMAND...: runs the command with its output in
# logs/LOG.log; one line of progress; on failure the end of the log. Its status
# is in step_status afterwards. Never to be called in a condition: bash would
# then not stop at a failure inside the function that is run.
step_status=0

try_step()
{
    local name=$1 log=$logs/$2.log start=$SECONDS word

    shift 2
    step_status=0
    mkdir -p "$logs"
    if [ -t 1 ]; then
        printf '  %-46s ' "$name"
        in_group tick "$name" 1
    else
        in_group tick "$name" "$heartbeat_s"
    fi
    ticker=$!
    in_group run_logged "$log" "$@"
    running=$!
    wait "$running" || step_status=$?
    running=
    end_group "$ticker"
    ticker=
    if [ -t 1 ]; then
        printf '\r'
    fi
    if [ "$step_status" = 0 ]; then
        word=$(paint 32 ok)
    else
        word=$(paint 31 failed)
    fi
    printf '  %-46s %s (%s)\n' "$name" "$word" \
        "$(seconds_as_text $((SECONDS - start)))"
    if [ "$step_status" != 0 ]; then
        show_failure "$name" "$step_status" "$log"
    fi
}

# step NAME LOG COMMAND...: the same; a failure ends the script.
step()
{
    try_step "$@"
    if [ "$step_status" != 0 ]; then
        exit "$step_status"
    fi
}
