#include "chat-server.h"

#include <jansson.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRIP_MS 20
#define MAX_REQUEST (64 << 20)

struct _ChatServer {
  ChatScript script;
  gpointer data;
  ChatAside aside;
  SSL_CTX *tls;
  int listener, quit; /* quit becomes readable at the end */
  char *url;
  guint16 port;
  GThread *thread;

  GMutex lock;
  GCond changed;
  GPtrArray *connections; /* GThread */
  GPtrArray *requests;    /* ChatRequest */
  guint n_now, most_now, n_connections, n_aside;
  gboolean ending;
};

typedef struct {
  ChatServer *server;
  int fd;
  SSL *ssl;
} Connection;

/* ---- bytes ---- */

/* Whether something can be read; FALSE: the end, or nothing within timeout (-1: for ever). */
static gboolean
await_input (Connection *connection, int timeout)
{
  struct pollfd fds[] = { { connection->fd, POLLIN, 0 }, { connection->server->quit, POLLIN, 0 } };

  if (connection->ssl != NULL && SSL_pending (connection->ssl) > 0)
    return TRUE;
  return poll (fds, 2, timeout) > 0 && fds[1].revents == 0;
}

static gssize
read_some (Connection *connection, void *buffer, gsize size)
{
  if (!await_input (connection, -1))
    return 0;
  return connection->ssl != NULL ? SSL_read (connection->ssl, buffer, (int)size)
                                 : recv (connection->fd, buffer, size, 0);
}

/* FALSE: the client has gone, or the server ends. */
static gboolean
write_all (Connection *connection, const char *data, gsize size)
{
  while (size > 0) {
    struct pollfd fds[]
        = { { connection->fd, POLLOUT, 0 }, { connection->server->quit, POLLIN, 0 } };
    gsize part = MIN (size, 65536);
    gssize n;

    if (poll (fds, 2, -1) <= 0 || fds[1].revents != 0)
      return FALSE;
    n = connection->ssl != NULL
            ? SSL_write (connection->ssl, data, (int)part)
            : send (connection->fd, data, part, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0)
      return FALSE;
    data += n;
    size -= (gsize)n;
  }
  return TRUE;
}

static gboolean
write_text (Connection *connection, const char *text)
{
  return write_all (connection, text, strlen (text));
}

/* ---- requests ---- */

static void
free_request (gpointer data)
{
  ChatRequest *request = data;

  g_free (request->method);
  g_free (request->path);
  g_free (request->headers);
  g_free (request->body);
  g_free (request);
}

char *
chat_request_dup_header (const ChatRequest *request, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (request->headers, "\r\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    char *colon = strchr (lines[i], ':');

    if (colon != NULL && (gsize)(colon - lines[i]) == strlen (name)
        && g_ascii_strncasecmp (lines[i], name, strlen (name)) == 0)
      return g_strdup (g_strstrip (colon + 1));
  }
  return NULL;
}

/* Reads on until text holds `size` bytes, or (size 0) the end of the headers. */
static gboolean
read_until (Connection *connection, GString *text, gsize size)
{
  char buffer[65536];

  while (size > 0 ? text->len < size : strstr (text->str, "\r\n\r\n") == NULL) {
    gssize n = read_some (connection, buffer, sizeof buffer);

    if (n <= 0 || text->len + (gsize)n > MAX_REQUEST)
      return FALSE;
    g_string_append_len (text, buffer, n);
    if (!g_ascii_isupper (text->str[0])) { /* TLS, perhaps; any server of HTTP says this */
      write_text (connection, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
      return FALSE;
    }
  }
  return TRUE;
}

static ChatRequest *
read_request (Connection *connection)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) words = NULL;
  g_autofree char *length = NULL;
  ChatRequest *request;
  gsize head;

  if (!read_until (connection, text, 0))
    return NULL;
  head = (gsize)(strstr (text->str, "\r\n\r\n") - text->str);
  words = g_strsplit (text->str, " ", 3);
  request = g_new0 (ChatRequest, 1);
  request->method = g_strdup (words[0]);
  request->path = g_strdup (words[1] != NULL ? words[1] : "");
  request->headers = g_strndup (text->str, head);
  length = chat_request_dup_header (request, "Content-Length");
  if (length != NULL
      && !read_until (connection, text, head + 4 + (gsize)g_ascii_strtoull (length, NULL, 10))) {
    free_request (request);
    return NULL;
  }
  request->body = g_strdup (text->str + head + 4);
  return request;
}

/* ---- replies ---- */

static void
wait_for_client (Connection *connection, int timeout)
{
  char byte;

  while (await_input (connection, timeout))
    if (recv (connection->fd, &byte, 1, 0) <= 0)
      return;
}

/* FALSE once the client has gone. */
static gboolean
pause_a_little (Connection *connection)
{
  struct pollfd fds[] = { { connection->fd, POLLIN, 0 }, { connection->server->quit, POLLIN, 0 } };

  return poll (fds, 2, DRIP_MS) == 0;
}

static gboolean
drip (Connection *connection, const char *text)
{
  for (;;)
    for (const char *at = text; *at != '\0'; at++)
      if (!pause_a_little (connection) || !write_all (connection, at, 1))
        return FALSE;
}

static gboolean
write_endless (Connection *connection, const ChatReply *reply, gsize size)
{
  g_autofree char *head = g_strdup_printf ("%zx\r\n", size);

  while (write_text (connection, head) && write_all (connection, reply->body, size)
         && write_text (connection, "\r\n"))
    ;
  return FALSE;
}

static void
reset (Connection *connection)
{
  const struct linger now = { 1, 0 };

  setsockopt (connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* FALSE: the connection is over. */
static gboolean
write_reply (Connection *connection, const ChatReply *reply)
{
  gsize size = reply->size >= 0      ? (gsize)reply->size
               : reply->body != NULL ? strlen (reply->body)
                                     : 0;
  gboolean chunked = reply->manner == CHAT_CUT_CHUNKS || reply->manner == CHAT_ENDLESS;
  g_autofree char *length = chunked ? g_strdup ("Transfer-Encoding: chunked\r\n")
                                    : g_strdup_printf ("Content-Length: %zu\r\n", size);
  g_autofree char *head = g_strdup_printf (
      "HTTP/1.1 %u Whatever\r\n%s%s%s\r\n", reply->status,
      reply->headers != NULL && strstr (reply->headers, "Content-Type") != NULL
          ? ""
          : "Content-Type: application/json\r\n",
      length, reply->headers != NULL ? reply->headers : "");
  g_autofree char *half = NULL;

  switch (reply->manner) {
  case CHAT_WHOLE:
    return write_text (connection, head) && write_all (connection, reply->body, size);
  case CHAT_RAW:
    write_all (connection, reply->body, size);
    return FALSE;
  case CHAT_SILENT:
    wait_for_client (connection, -1);
    return FALSE;
  case CHAT_RESET:
  case CHAT_CUT:
    if (write_text (connection, head))
      write_all (connection, reply->body, size / 2);
    if (reply->manner == CHAT_RESET)
      reset (connection);
    return FALSE;
  case CHAT_CUT_CHUNKS:
    half = g_strdup_printf ("%s%zx\r\n%.*s\r\n", head, size / 2, (int)(size / 2), reply->body);
    write_text (connection, half);
    return FALSE;
  case CHAT_DRIP:
    return write_text (connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
           && drip (connection, " ");
  case CHAT_DRIP_HEADERS:
    return write_text (connection, "HTTP/1.1 200 OK\r\n") && drip (connection, "X-Drip: y\r\n");
  case CHAT_ENDLESS:
    return write_text (connection, head) && write_endless (connection, reply, size);
  }
  return FALSE;
}

/* ---- threads ---- */

static void
count_now (ChatServer *server, int change)
{
  g_mutex_lock (&server->lock);
  server->n_now = (guint)((int)server->n_now + change);
  server->most_now = MAX (server->most_now, server->n_now);
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
}

/* By the script. Takes request. */
static void
answer (ChatServer *server, ChatRequest *request, ChatReply *reply)
{
  g_mutex_lock (&server->lock);
  g_ptr_array_add (server->requests, request);
  request->number = server->requests->len;
  g_mutex_unlock (&server->lock);
  count_now (server, 1);
  server->script (server, request, reply, server->data);
  /* Before the last byte is out: afterwards the client may ask again at once. */
  count_now (server, -1);
}

static gboolean
serve_one (Connection *connection)
{
  ChatServer *server = connection->server;
  ChatReply reply = { .status = 200, .size = -1 };
  ChatRequest *request = read_request (connection);
  gboolean goes_on;

  if (request == NULL)
    return FALSE;
  if (server->aside != NULL && server->aside (request, &reply)) {
    free_request (request);
    g_mutex_lock (&server->lock);
    server->n_aside++;
    g_mutex_unlock (&server->lock);
  } else {
    answer (server, request, &reply);
  }
  if (reply.body == NULL)
    reply.body = g_strdup ("");
  goes_on = write_reply (connection, &reply);
  g_free (reply.body);
  return goes_on;
}

static gpointer
serve (gpointer data)
{
  Connection *connection = data;

  if (connection->server->tls != NULL) {
    connection->ssl = SSL_new (connection->server->tls);
    SSL_set_fd (connection->ssl, connection->fd);
  }
  if (connection->ssl == NULL || SSL_accept (connection->ssl) == 1)
    while (serve_one (connection))
      ;
  if (connection->ssl != NULL)
    SSL_free (connection->ssl);
  close (connection->fd);
  g_free (connection);
  return NULL;
}

static gpointer
listen_on (gpointer data)
{
  ChatServer *server = data;

  for (;;) {
    struct pollfd fds[] = { { server->listener, POLLIN, 0 }, { server->quit, POLLIN, 0 } };
    Connection *connection;
    int fd;

    if (poll (fds, 2, -1) < 0 || fds[1].revents != 0)
      return NULL;
    fd = accept4 (server->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
      continue;
    connection = g_new0 (Connection, 1);
    *connection = (Connection){ server, fd, NULL };
    g_mutex_lock (&server->lock);
    server->n_connections++;
    g_ptr_array_add (server->connections, g_thread_new ("connection", serve, connection));
    g_mutex_unlock (&server->lock);
  }
}

static SSL_CTX *
create_tls (const ChatTls *tls)
{
  SSL_CTX *context = SSL_CTX_new (TLS_server_method ());
  BIO *certificate = BIO_new_mem_buf (tls->certificate, -1);
  BIO *key = BIO_new_mem_buf (tls->key, -1);
  X509 *x509 = PEM_read_bio_X509 (certificate, NULL, NULL, NULL);
  EVP_PKEY *pkey = PEM_read_bio_PrivateKey (key, NULL, NULL, NULL);

  g_assert_cmpint (SSL_CTX_use_certificate (context, x509), ==, 1);
  g_assert_cmpint (SSL_CTX_use_PrivateKey (context, pkey), ==, 1);
  if (tls->old_only) {
    SSL_CTX_set_min_proto_version (context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version (context, TLS1_VERSION);
    SSL_CTX_set_cipher_list (context, "DEFAULT:@SECLEVEL=0");
  }
  X509_free (x509);
  EVP_PKEY_free (pkey);
  BIO_free (certificate);
  BIO_free (key);
  return context;
}

ChatServer *
chat_server_new (ChatScript script, gpointer data, const ChatTls *tls, guint16 port)
{
  ChatServer *server = g_new0 (ChatServer, 1);
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (port), .sin_addr = { htonl (0x7f000001) } };
  socklen_t length = sizeof address;
  int yes = 1;

  signal (SIGPIPE, SIG_IGN);
  server->script = script;
  server->data = data;
  server->tls = tls != NULL ? create_tls (tls) : NULL;
  g_mutex_init (&server->lock);
  g_cond_init (&server->changed);
  server->connections = g_ptr_array_new ();
  server->requests = g_ptr_array_new_with_free_func (free_request);
  server->quit = eventfd (0, EFD_CLOEXEC);
  server->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (server->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  g_assert_cmpint (bind (server->listener, (struct sockaddr *)&address, length), ==, 0);
  g_assert_cmpint (listen (server->listener, 64), ==, 0);
  g_assert_cmpint (getsockname (server->listener, (struct sockaddr *)&address, &length), ==, 0);
  server->port = ntohs (address.sin_port);
  server->url = g_strdup_printf ("%s://127.0.0.1:%u/v1", tls != NULL ? "https" : "http",
                                 server->port);
  server->thread = g_thread_new ("server", listen_on, server);
  return server;
}

void
chat_server_free (ChatServer *server)
{
  const guint64 one = 1;

  g_mutex_lock (&server->lock);
  server->ending = TRUE;
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
  g_assert_cmpint (write (server->quit, &one, sizeof one), ==, sizeof one);
  g_thread_join (server->thread);
  for (guint i = 0; i < server->connections->len; i++)
    g_thread_join (server->connections->pdata[i]);
  close (server->listener);
  close (server->quit);
  if (server->tls != NULL)
    SSL_CTX_free (server->tls);
  g_ptr_array_unref (server->connections);
  g_ptr_array_unref (server->requests);
  g_mutex_clear (&server->lock);
  g_cond_clear (&server->changed);
  g_free (server->url);
  g_free (server);
}

/* ---- questions about it ---- */

const char *
chat_server_get_url (ChatServer *server)
{
  return server->url;
}

guint16
chat_server_get_port (ChatServer *server)
{
  return server->port;
}

/* A member under the lock. */
static guint
get (ChatServer *server, const guint *member)
{
  guint value;

  g_mutex_lock (&server->lock);
  value = *member;
  g_mutex_unlock (&server->lock);
  return value;
}

guint
chat_server_get_n_requests (ChatServer *server)
{
  return get (server, &server->requests->len);
}

void
chat_server_set_aside (ChatServer *server, ChatAside aside)
{
  server->aside = aside;
}

guint
chat_server_get_n_aside (ChatServer *server)
{
  return get (server, &server->n_aside);
}

guint
chat_server_get_n_connections (ChatServer *server)
{
  return get (server, &server->n_connections);
}

guint
chat_server_get_most_at_once (ChatServer *server)
{
  return get (server, &server->most_now);
}

guint
chat_server_get_now (ChatServer *server)
{
  return get (server, &server->n_now);
}

const ChatRequest *
chat_server_get_request (ChatServer *server, guint number)
{
  const ChatRequest *request;

  g_mutex_lock (&server->lock);
  g_assert_cmpuint (number, >=, 1);
  g_assert_cmpuint (number, <=, server->requests->len);
  request = server->requests->pdata[number - 1];
  g_mutex_unlock (&server->lock);
  return request;
}

void
chat_server_await_at_once (ChatServer *server, guint n)
{
  g_mutex_lock (&server->lock);
  while (server->most_now < n && !server->ending)
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
}

void
chat_server_await_requests (ChatServer *server, guint n)
{
  g_mutex_lock (&server->lock);
  while (server->requests->len < n)
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
}

char *
chat_body (const char *content)
{
  json_t *body = json_pack (
      "{s:s, s:s, s:[{s:i, s:s, s:{s:s, s:s?}}], s:{s:i, s:i, s:i}}", "object", "chat.completion",
      "model", "fake-vl", "choices", "index", 0, "finish_reason", "stop", "message", "role",
      "assistant", "content", content, "usage", "prompt_tokens", 100, "completion_tokens", 20,
      "total_tokens", 120);
  char *text = json_dumps (body, JSON_COMPACT);
  char *copy = g_strdup (text);

  g_assert_nonnull (text);
  free (text);
  json_decref (body);
  return copy;
}
