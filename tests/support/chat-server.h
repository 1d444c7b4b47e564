/* A scripted HTTP server on 127.0.0.1, in threads of its own, one a connection: says what a test's
 * script says, byte by byte if need be, and keeps what it was asked. */
#pragma once

#include <glib.h>

typedef struct _ChatServer ChatServer;

typedef struct {
  guint number; /* from 1, in the order of arrival */
  char *method;
  char *path;    /* with query */
  char *headers; /* as they came, one a line */
  char *body;
} ChatRequest;

typedef enum {
  CHAT_WHOLE,      /* status, headers, body */
  CHAT_RAW,        /* `body` is all that is sent, status line and headers too; then the end */
  CHAT_SILENT,     /* nothing, until the client goes */
  CHAT_RESET,      /* half of the body, then RST */
  CHAT_CUT,        /* half of the body, then the end */
  CHAT_CUT_CHUNKS, /* the same in chunks, without the last one */
  CHAT_DRIP,       /* a byte now and then, without end */
  CHAT_DRIP_HEADERS,
  CHAT_ENDLESS, /* the body again and again, in chunks, until the client goes */
} ChatManner;

typedef struct {
  guint status;        /* 200 */
  const char *headers; /* more of them, each with CR LF; literal */
  char *body;          /* taken */
  gssize size;         /* of body; -1: up to its zero byte */
  ChatManner manner;
} ChatReply;

/* Called in the connection's thread, at the same time for several; fills reply, which is a 200 with
 * an empty body. */
typedef void (*ChatScript) (ChatServer *server, const ChatRequest *request, ChatReply *reply,
                            gpointer data);

/* Answers some requests instead of the script: TRUE when it has. */
typedef gboolean (*ChatAside) (const ChatRequest *request, ChatReply *reply);

/* What a TLS server shows. */
typedef struct {
  const char *certificate, *key; /* PEM */
  gboolean old_only;             /* TLS 1.0 and nothing newer */
} ChatTls;

/* tls NULL: plain HTTP. port 0: any. */
ChatServer *chat_server_new (ChatScript script, gpointer data, const ChatTls *tls, guint16 port);
/* Before anything is asked: what `aside` answers has no number, is not kept and not counted but by
 * chat_server_get_n_aside(). */
void chat_server_set_aside (ChatServer *server, ChatAside aside);
guint chat_server_get_n_aside (ChatServer *server);
/* Ends every connection and thread. */
void chat_server_free (ChatServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChatServer, chat_server_free)

/* "http://127.0.0.1:PORT/v1"; borrowed. */
const char *chat_server_get_url (ChatServer *server);
guint16 chat_server_get_port (ChatServer *server);
guint chat_server_get_n_requests (ChatServer *server);
/* Connections accepted, with or without a request. */
guint chat_server_get_n_connections (ChatServer *server);
/* The most requests that were being answered at the same time. */
guint chat_server_get_most_at_once (ChatServer *server);
/* One that came, from 1; borrowed until the server is freed. */
const ChatRequest *chat_server_get_request (ChatServer *server, guint number);
/* Its header's value, without white space around it, or NULL. */
char *chat_request_dup_header (const ChatRequest *request, const char *name);
/* From a script: waits until so many requests are being answered at the same time, or the server
 * ends. */
void chat_server_await_at_once (ChatServer *server, guint n);
/* From a test: waits until so many requests have come. */
void chat_server_await_requests (ChatServer *server, guint n);
/* From a script: how many are being answered now, this one among them. */
guint chat_server_get_now (ChatServer *server);

/* The body of a completion that says content. */
char *chat_body (const char *content);
