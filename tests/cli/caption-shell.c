#include "caption-shell.h"

void
caption_answer_well (ChatServer *server, const ChatRequest *request, ChatReply *reply,
                     gpointer data)
{
  reply->body = net_describe ("A slim young woman with long brown hair.",
                              "Wearing a red coat, blue jeans and white trainers.");
}

char *
caption_create_line (ChatServer *server, const char *rest)
{
  return g_strdup_printf ("caption --endpoint %s --model fake-vl %s",
                          chat_server_get_url (server), rest);
}

gint64
caption_count_jobs (const char *line)
{
  json_t *jobs = shell_run_json (line);
  gint64 n = (gint64)json_array_size (json_object_get (jobs, "jobs"));

  json_decref (jobs);
  return n;
}

void
caption_begin_limited (const char *line)
{
  g_autofree char *limited = g_strconcat (line, " --limit 6 --max-tokens 2000 --quiet", NULL);

  shell_assert_failure (limited, 1, "the limit of tokens");
}
