#include "guise-http.h"
#include "guise-formats-error.h"
#include "guise-url.h"

#include <stdlib.h>
#include <string.h>

G_DEFINE_QUARK (guise - http - error - quark, guise_http_error)

struct _GuiseHttp {
  CURL *easy;
  struct curl_slist *headers;
  char *body;
  char *host;  /* for messages */
  char *proxy; /* its host, for messages; NULL: none is used */
  char detail[CURL_ERROR_SIZE];

  guint8 *answer; /* by malloc, so that an answer without memory is an error and not the end */
  gsize n_answer, answer_room;
  gsize n_header_bytes;
  gboolean too_large;
};

void
guise_http_init (void)
{
  static gsize once;

  if (g_once_init_enter (&once)) {
    curl_global_init (CURL_GLOBAL_DEFAULT);
    g_once_init_leave (&once, 1);
  }
}

/* ---- bounds ---- */

static gboolean
make_room (GuiseHttp *http, gsize more)
{
  gsize room = MAX (http->answer_room, 16384);
  guint8 *larger;

  while (room < http->n_answer + more)
    room *= 2;
  if (room == http->answer_room)
    return TRUE;
  larger = realloc (http->answer, room);
  if (larger == NULL)
    return FALSE;
  http->answer = larger;
  http->answer_room = room;
  return TRUE;
}

/* libcurl 7.88 looks at its own limit only before a transfer. */
static size_t
take_body (char *bytes, size_t size, size_t n, void *data)
{
  GuiseHttp *http = data;

  if (http->n_answer + size * n > GUISE_HTTP_MAX_BODY) {
    http->too_large = TRUE;
    return 0;
  }
  if (!make_room (http, size * n))
    return 0;
  memcpy (http->answer + http->n_answer, bytes, size * n);
  http->n_answer += size * n;
  return size * n;
}

static size_t
take_header (char *bytes, size_t size, size_t n, void *data)
{
  GuiseHttp *http = data;

  http->n_header_bytes += size * n;
  if (http->n_header_bytes <= GUISE_HTTP_MAX_HEADERS)
    return size * n;
  http->too_large = TRUE;
  return 0;
}

/* ---- the request ---- */

/* A header with the key in it is overwritten before its memory goes. libcurl's own copy is not. */
static void
free_headers (struct curl_slist *headers)
{
  for (struct curl_slist *at = headers; at != NULL; at = at->next)
    explicit_bzero (at->data, strlen (at->data));
  curl_slist_free_all (headers);
}

static gboolean
add_header (GuiseHttp *http, const char *name, const char *value)
{
  char *line = g_strconcat (name, value, NULL);
  struct curl_slist *longer = curl_slist_append (http->headers, line);

  explicit_bzero (line, strlen (line));
  g_free (line);
  if (longer == NULL)
    return FALSE;
  http->headers = longer;
  return TRUE;
}

static gboolean
set_headers (GuiseHttp *http, GuiseAuth auth, GuiseKey *key)
{
  const char *name = auth == GUISE_AUTH_API_KEY ? "api-key: " : "Authorization: Bearer ";

  return add_header (http, "Content-Type: application/json", "")
         && add_header (http, "Accept: application/json", "")
         && add_header (http, "Expect:", "")
         && (key == NULL || add_header (http, name, guise_key_get_text (key)))
         && curl_easy_setopt (http->easy, CURLOPT_HTTPHEADER, http->headers) == CURLE_OK;
}

/* The proxy that the environment names for this address, in libcurl's order. */
static const char *
find_proxy (const GuiseEndpoint *endpoint, const char *url)
{
  static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

  if (guise_url_is_loopback (url)) /* this machine is never behind a proxy */
    return "";
  if (endpoint->proxy != NULL)
    return endpoint->proxy;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_getenv (names[i]) != NULL)
      return g_getenv (names[i]);
  return "";
}

static gboolean
set_place (GuiseHttp *http, const GuiseEndpoint *endpoint, const char *url)
{
  const char *proxy = find_proxy (endpoint, url);
  const char *protocols = guise_url_is_loopback (url) ? "http,https" : "https";
  CURL *easy = http->easy;

  if (*proxy != '\0')
    http->proxy = strstr (proxy, "://") != NULL ? guise_url_dup_host (proxy) : g_strdup (proxy);
  return curl_easy_setopt (easy, CURLOPT_URL, url) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_PROXY, proxy) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK
         && (endpoint->ca_file == NULL
             || curl_easy_setopt (easy, CURLOPT_CAINFO, endpoint->ca_file) == CURLE_OK);
}

static gboolean
set_transfer (GuiseHttp *http, guint connect_ms, guint total_ms)
{
  CURL *easy = http->easy;

  return curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, http->detail) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long)total_ms) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_MAXLIFETIME_CONN, 3600L) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen (http->body))
                == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_POSTFIELDS, http->body) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_WRITEDATA, http) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_HEADERDATA, http) == CURLE_OK
         && curl_easy_setopt (easy, CURLOPT_PRIVATE, http) == CURLE_OK;
}

GuiseHttp *
guise_http_new (const GuiseEndpoint *endpoint, const char *url, GuiseKey *key, char *body,
                guint connect_ms, guint total_ms, GError **error)
{
  g_autoptr (GuiseHttp) http = g_new0 (GuiseHttp, 1);

  http->body = body;
  http->host = guise_url_dup_host (url);
  guise_http_init ();
  http->easy = curl_easy_init ();
  if (http->easy == NULL || !set_place (http, endpoint, url)
      || !set_headers (http, endpoint->auth, key) || !set_transfer (http, connect_ms, total_ms)) {
    g_set_error (error, GUISE_HTTP_ERROR, GUISE_HTTP_ERROR_MEMORY,
                 "cannot ask '%s': there is no memory for a request", http->host);
    return NULL;
  }
  return g_steal_pointer (&http);
}

void
guise_http_free (GuiseHttp *http)
{
  if (http == NULL)
    return;
  curl_easy_cleanup (http->easy);
  free_headers (http->headers);
  g_free (http->body);
  g_free (http->host);
  g_free (http->proxy);
  free (http->answer);
  g_free (http);
}

CURL *
guise_http_get_easy (GuiseHttp *http)
{
  return http->easy;
}

/* ---- what came ---- */

static GuiseHttpError
classify (const GuiseHttp *http, CURLcode result)
{
  switch (result) {
  case CURLE_COULDNT_RESOLVE_HOST:
    return GUISE_HTTP_ERROR_RESOLVE;
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_PROXY:
    return GUISE_HTTP_ERROR_PROXY;
  case CURLE_COULDNT_CONNECT:
    return http->proxy != NULL ? GUISE_HTTP_ERROR_PROXY : GUISE_HTTP_ERROR_CONNECT;
  case CURLE_OPERATION_TIMEDOUT:
    return GUISE_HTTP_ERROR_TIMEOUT;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
    return GUISE_HTTP_ERROR_TLS;
  case CURLE_OUT_OF_MEMORY:
  case CURLE_FAILED_INIT:
    return GUISE_HTTP_ERROR_MEMORY;
  case CURLE_WRITE_ERROR:
    return http->too_large ? GUISE_HTTP_ERROR_TOO_LARGE : GUISE_HTTP_ERROR_MEMORY;
  default:
    return GUISE_HTTP_ERROR_BROKEN;
  }
}

static void
explain (GuiseHttp *http, CURLcode result, GError **error)
{
  GuiseHttpError code = classify (http, result);
  const char *host = http->host;
  g_autofree char *why
      = guise_formats_clean (*http->detail != '\0' ? http->detail : curl_easy_strerror (result));

#define SAY(sentence) g_set_error (error, GUISE_HTTP_ERROR, code, sentence, host, why)
  switch (code) {
  case GUISE_HTTP_ERROR_RESOLVE:
    SAY ("cannot find the host '%s': %s; check the address");
    break;
  case GUISE_HTTP_ERROR_CONNECT:
    SAY ("cannot reach '%s': %s; look whether the server runs");
    break;
  case GUISE_HTTP_ERROR_PROXY:
    if (http->proxy == NULL)
      SAY ("cannot reach '%s': %s; check https_proxy or the endpoint's proxy");
    else
      g_set_error (error, GUISE_HTTP_ERROR, code,
                   "cannot reach '%s' through the proxy '%s': %s; check https_proxy or the "
                   "endpoint's proxy",
                   host, http->proxy, why);
    break;
  case GUISE_HTTP_ERROR_TIMEOUT:
    SAY ("no answer in time from '%s': %s; a smaller model may be faster");
    break;
  case GUISE_HTTP_ERROR_TLS:
    SAY ("cannot trust '%s': %s; if the certificate is your own, name its CA's file (--ca-file)");
    break;
  case GUISE_HTTP_ERROR_TOO_LARGE:
    SAY ("more than an answer may hold from '%s': %s; this is no model");
    break;
  case GUISE_HTTP_ERROR_MEMORY:
    SAY ("no memory, or a header beyond bounds, for an answer from '%s': %s; close other "
         "programs");
    break;
  default:
    SAY ("the answer broke off from '%s': %s; look at the server's log");
  }
#undef SAY
}

static char *
dup_header (GuiseHttp *http, const char *name)
{
  struct curl_header *header;

  if (curl_easy_header (http->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
    return NULL;
  return g_strndup (header->value, 256);
}

gboolean
guise_http_read (GuiseHttp *http, CURLcode result, GuiseHttpReply *reply, GError **error)
{
  g_autofree char *location = NULL;
  curl_off_t us = 0;
  long status = 0;

  *reply = (GuiseHttpReply){ 0 };
  curl_easy_getinfo (http->easy, CURLINFO_TOTAL_TIME_T, &us);
  reply->ms = (double)us / 1000;
  if (result != CURLE_OK) {
    explain (http, result, error);
    return FALSE;
  }
  curl_easy_getinfo (http->easy, CURLINFO_RESPONSE_CODE, &status);
  reply->status = (guint)CLAMP (status, 0, 999);
  reply->content_type = dup_header (http, "Content-Type");
  reply->retry_after = dup_header (http, "Retry-After");
  reply->retry_after_ms = dup_header (http, "retry-after-ms");
  location = dup_header (http, "Location");
  if (location != NULL)
    reply->location_host = strstr (location, "://") != NULL ? guise_url_dup_host (location)
                                                            : g_strdup (http->host);
  reply->body = http->answer;
  reply->size = http->n_answer;
  return TRUE;
}

void
guise_http_reply_clear (GuiseHttpReply *reply)
{
  g_free (reply->content_type);
  g_free (reply->retry_after);
  g_free (reply->retry_after_ms);
  g_free (reply->location_host);
  *reply = (GuiseHttpReply){ 0 };
}
