/* Caption jobs by a server that a test plays, as a user begins them. */
#pragma once

#include "net-fixture.h"
#include "shell.h"

#define CAPTION_TWO_IMAGES "--filter 'path ~ 0001_1_'"

/* A server's answer: two good descriptions. */
void caption_answer_well (ChatServer *server, const ChatRequest *request, ChatReply *reply,
                          gpointer data);
/* guisectl's line for a job at the server with `rest` behind it; to be freed. */
char *caption_create_line (ChatServer *server, const char *rest);
/* How many jobs a line (`caption jobs`, `caption jobs --all`) lists. */
gint64 caption_count_jobs (const char *line);
/* A job that is not finished, of the first pictures only: its model was made to stop. */
void caption_begin_limited (const char *line);
