#include "guise-url.h"
#include "guise-endpoint.h"
#include "guise-formats-error.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

#define MAX_LENGTH 2048
#define MAX_SHOWN 200 /* characters of one that is refused */
#define CHAT "/chat/completions"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)

static char *
refuse (GError **error, const char *text, const char *why)
{
  g_autofree char *shown = guise_formats_excerpt (text, MAX_SHOWN);

  /* Not even a message repeats what may be a password or a key. */
  if (strchr (text, '@') != NULL || strchr (text, '?') != NULL)
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_URL,
                 "cannot use the address of an endpoint: %s", why);
  else
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_URL,
                 "cannot use the address '%s': %s", shown, why);
  return NULL;
}

/* A part of the address for g_free(), or NULL. */
static char *
dup_part (CURLU *url, CURLUPart part, unsigned flags)
{
  char *text = NULL, *copy;

  if (curl_url_get (url, part, &text, flags) != CURLUE_OK)
    return NULL;
  copy = g_strdup (text);
  curl_free (text);
  return copy;
}

static CURLU *
parse (const char *text)
{
  CURLU *url = curl_url ();

  if (url != NULL
      && curl_url_set (url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    g_clear_pointer (&url, curl_url_cleanup);
  return url;
}

static gboolean
is_loopback_host (const char *host)
{
  struct in_addr four;
  struct in6_addr six;
  g_autofree char *bare = NULL;

  if (host == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  if (inet_pton (AF_INET, host, &four) == 1)
    return (ntohl (four.s_addr) >> 24) == 127;
  if (host[0] != '[')
    return FALSE;
  bare = g_strndup (host + 1, strcspn (host + 1, "]"));
  return inet_pton (AF_INET6, bare, &six) == 1 && IN6_IS_ADDR_LOOPBACK (&six);
}

gboolean
guise_url_is_loopback (const char *text)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree char *host = url != NULL ? dup_part (url, CURLUPART_HOST, 0) : NULL;

  return is_loopback_host (host);
}

/* What is wrong with the bytes of an address before anybody parses them, or NULL. */
static const char *
find_bad_byte (const char *text)
{
  if (strlen (text) > MAX_LENGTH)
    return "it is longer than 2048 bytes";
  for (const guchar *at = (const guchar *)text; *at != '\0'; at++) {
    if (*at <= ' ' || *at == 0x7f)
      return "it has a space or a control character in it";
    if (*at >= 0x80)
      return "only ASCII is taken, so that no letter looks like another; "
             "write a foreign host name in its xn-- form";
    if (*at == '\\')
      return "it has a backslash in it";
  }
  return NULL;
}

/* "x-api-key" and "key1" are, "api-version" and "monkey" are not. */
static gboolean
is_name_of_key (const char *name)
{
  static const char *const words[]
      = { "key", "apikey", "accesskey", "secretkey", "subscriptionkey", "authkey", "token",
          "accesstoken", "authtoken", "apitoken", "secret", "clientsecret", "password", "passwd",
          "pwd", "pass", "sig", "signature", "credential", "auth", "authorization", "bearer",
          "code", NULL };
  g_auto (GStrv) parts = g_strsplit_set (name, "-_.", -1);

  for (guint i = 0; parts[i] != NULL; i++) {
    gsize length = strlen (parts[i]);

    while (length > 0 && g_ascii_isdigit (parts[i][length - 1]))
      length--;
    if (length > 1 && parts[i][length - 1] == 's' && parts[i][length - 2] != 's')
      length--; /* more than one of them */
    parts[i][length] = '\0';
    if (g_strv_contains (words, parts[i]))
      return TRUE;
  }
  return FALSE;
}

/* Whether a member of the query is called like a key: an address is written down. */
static gboolean
has_key (const char *query)
{
  g_auto (GStrv) members = g_strsplit_set (query != NULL ? query : "", "&;", -1);

  for (guint i = 0; members[i] != NULL; i++) {
    g_autofree char *name = g_ascii_strdown (members[i], (gssize)strcspn (members[i], "="));

    if (is_name_of_key (g_strstrip (name)))
      return TRUE;
  }
  return FALSE;
}

/* What is wrong with its parts, or NULL. */
static const char *
find_bad_part (CURLU *url)
{
  g_autofree char *scheme = dup_part (url, CURLUPART_SCHEME, 0);
  g_autofree char *host = dup_part (url, CURLUPART_HOST, 0);
  g_autofree char *user = dup_part (url, CURLUPART_USER, 0);
  g_autofree char *password = dup_part (url, CURLUPART_PASSWORD, 0);
  g_autofree char *fragment = dup_part (url, CURLUPART_FRAGMENT, 0);
  g_autofree char *query = dup_part (url, CURLUPART_QUERY, CURLU_URLDECODE);

  if (scheme == NULL || (strcmp (scheme, "http") != 0 && strcmp (scheme, "https") != 0))
    return "it must begin with https:// or, on this machine, http://";
  if (host == NULL || *host == '\0')
    return "it names no host";
  if (user != NULL || password != NULL)
    return "user names and passwords do not belong into an address; "
           "give the key through the keyring or an environment variable";
  if (has_key (query))
    return "keys do not belong into an address; give the key through the keyring or an environment "
           "variable";
  if (fragment != NULL)
    return "it has a '#' in it";
  if (strcmp (scheme, "http") == 0 && !is_loopback_host (host))
    return "plain http is only for this machine (127.0.0.1); others need https";
  return NULL;
}

/* A host has one spelling, so that what was decided about it holds for every other: small letters,
 * no dot at its end, no port that the scheme has anyway. An IPv6 address with a zone stays:
 * libcurl would lose it. */
static gboolean
normalise_host (CURLU *url)
{
  g_autofree char *host = dup_part (url, CURLUPART_HOST, 0);
  g_autofree char *small = host != NULL ? g_ascii_strdown (host, -1) : NULL;
  g_autofree char *port = dup_part (url, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  g_autofree char *zone = dup_part (url, CURLUPART_ZONEID, 0);
  gsize length = small != NULL ? strlen (small) : 0;

  if (length > 1 && small[length - 1] == '.')
    small[length - 1] = '\0';
  return length > 0
         && (zone != NULL || curl_url_set (url, CURLUPART_HOST, small, 0) == CURLUE_OK)
         && curl_url_set (url, CURLUPART_PORT, port, 0) == CURLUE_OK;
}

/* The path without slashes at its end; "/v1" where there is none. */
static gboolean
normalise_path (CURLU *url)
{
  g_autofree char *path = dup_part (url, CURLUPART_PATH, 0);
  gsize length = path != NULL ? strlen (path) : 0;

  while (length > 0 && path[length - 1] == '/')
    path[--length] = '\0';
  if (length > strlen (CHAT) && g_str_has_suffix (path, CHAT))
    path[length - strlen (CHAT)] = '\0';
  return curl_url_set (url, CURLUPART_PATH, length > 0 ? path : "/v1", 0) == CURLUE_OK;
}

char *
guise_url_check (const char *text, GError **error)
{
  const char *why = find_bad_byte (text);
  g_autoptr (CURLU) url = NULL;
  char *normal;

  if (why != NULL)
    return refuse (error, text, why);
  if (strstr (text, "://") == NULL)
    return refuse (error, text, "it must begin with https:// or, on this machine, http://");
  url = strstr (text, ":///") == NULL ? parse (text) : NULL; /* libcurl forgives a third slash */
  if (url == NULL)
    return refuse (error, text, "it is no address such as http://127.0.0.1:8080/v1");
  why = find_bad_part (url);
  if (why != NULL)
    return refuse (error, text, why);
  normal = normalise_host (url) && normalise_path (url) ? dup_part (url, CURLUPART_URL, 0) : NULL;
  return normal != NULL ? normal : refuse (error, text, "there is no memory to look at it");
}

gboolean
guise_url_check_consent (const char *text, gboolean allow_remote, GError **error)
{
  g_autofree char *host = NULL;

  if (allow_remote || guise_url_is_loopback (text))
    return TRUE;
  host = guise_url_dup_host (text);
  g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_CONSENT,
               "cannot send pictures to '%s': it is not this machine, and pictures of people leave "
               "it only where you allow it (--allow-remote)",
               host);
  return FALSE;
}

char *
guise_url_create_chat (const char *base, GError **error)
{
  g_autoptr (CURLU) url = parse (base);
  g_autofree char *path = url != NULL ? dup_part (url, CURLUPART_PATH, 0) : NULL;
  g_autofree char *longer = path != NULL ? g_strconcat (path, CHAT, NULL) : NULL;
  char *chat = NULL;

  if (longer != NULL && curl_url_set (url, CURLUPART_PATH, longer, 0) == CURLUE_OK)
    chat = dup_part (url, CURLUPART_URL, 0);
  return chat != NULL ? chat : refuse (error, base, "there is no memory to look at it");
}

char *
guise_url_dup_host (const char *text)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree char *host = NULL, *port = NULL;

  if (url == NULL || !normalise_host (url))
    return g_strdup ("?");
  host = dup_part (url, CURLUPART_HOST, 0);
  port = dup_part (url, CURLUPART_PORT, 0);
  return port != NULL ? g_strconcat (host, ":", port, NULL) : g_steal_pointer (&host);
}

char *
guise_url_dup_shown (const char *text)
{
  g_autoptr (CURLU) url = parse (text);
  char *shown = NULL;

  if (url != NULL && curl_url_set (url, CURLUPART_QUERY, NULL, 0) == CURLUE_OK
      && curl_url_set (url, CURLUPART_USER, NULL, 0) == CURLUE_OK
      && curl_url_set (url, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK)
    shown = dup_part (url, CURLUPART_URL, 0);
  return shown != NULL ? shown : g_strdup ("?");
}
