/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/yaml: libyaml's complaints as findings that help. */
#ifndef LIB_YAML_SYNTAX_H
#define LIB_YAML_SYNTAX_H

#include <yaml.h>

#include "lib/yaml.h"

/* Adds the one finding for the error that the parser has stopped at. */
void yaml_syntax_find(struct yaml_findings *f, const char *file,
    struct span text, const yaml_parser_t *parser);

#endif
