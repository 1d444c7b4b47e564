/* Texts of models: thinking left out, JSON found in words, characters that control or reorder
 * taken away. Any thread. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* content without <think>…</think> and its like; an opening mark without its end takes all that
 * follows, an end without its beginning all before it. */
char *guise_answer_strip_thinking (const char *content);
/* The first balanced object in text that parses, be it in a fence or among words; NULL: none. */
json_t *guise_answer_find_object (const char *text);
/* text itself as an object, white space around it; NULL: it is not one. */
json_t *guise_answer_parse_object (const char *text);
/* One line of at most 10 000 characters for a caption, or NULL where nothing is left or it is
 * longer. */
char *guise_answer_clean (const char *text);
