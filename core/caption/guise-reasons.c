#include "guise-reasons.h"

#include <string.h>

#define N_(text) text
#define MAX_GAPS 8
/* Reasons within reasons. */
#define MAX_DEPTH 4

/* The forms of the sentences, "%s" for whatever stands there; `lint-reasons` looks whether each is
 * still made by somebody. Where several fit, the one with the most words of its own does. */
static const char *const forms[] = {
  /* servers */
  N_ ("the credit is used up at '%s' (%s): %s; add credit, or choose another endpoint"),
  N_ ("the key is not accepted by '%s' (%s): %s; give the right key (keyring, or an "
      "environment variable)"),
  N_ ("this region is not served by '%s' (%s): %s; choose another endpoint"),
  N_ ("the quota is used up at '%s' (%s): %s; wait for the next period, or raise it"),
  N_ ("access is refused by '%s' (%s): %s; look whether this key may use this model"),
  N_ ("no answer from '%s' (%s): %s"),
  N_ ("the address '%s' leads elsewhere (%s), to '%s': it is not followed; set the right address"),
  N_ ("nothing answers at '%s' (%s): %s; check the address and the model's name"),
  N_ ("the picture is too large for '%s' (413): %s"),
  N_ ("'%s' does not take the question (%s): %s"),
  N_ ("the filter of '%s' stopped it: %s"),
  N_ ("the model at '%s' sees no pictures (%s): %s; start one that does"),
  N_ ("%s (given up after %s tries)"),
  N_ ("%s failures in a row, the last: %s"),
  N_ ("no reason was given"),
  N_ ("a page for people came, no reason"),
  /* connections */
  N_ ("cannot find the host '%s': %s; check the address"),
  N_ ("cannot reach '%s': %s; look whether the server runs"),
  N_ ("cannot reach '%s' through the proxy '%s': %s; check https_proxy or the endpoint's proxy"),
  N_ ("cannot reach '%s': %s; check https_proxy or the endpoint's proxy"),
  N_ ("no answer in time from '%s': %s; a smaller model may be faster"),
  N_ ("the answer broke off from '%s': %s; look at the server's log"),
  N_ ("cannot trust '%s': %s; if the certificate is your own, name its CA's file (--ca-file)"),
  N_ ("more than an answer may hold from '%s': %s; this is no model"),
  N_ ("no memory, or a header beyond bounds, for an answer from '%s': %s; close other programs"),
  /* answers */
  N_ ("unexpected reply from '%s': %s"),
  N_ ("unexpected reply from '%s': there is no choice with a message in it"),
  N_ ("it is empty"),
  N_ ("it is UTF-16 and not UTF-8"),
  N_ ("it is a page for people; check the address"),
  N_ ("it is an event stream, which was not asked for"),
  N_ ("it is no JSON object"),
  N_ ("the model used up its tokens before it answered: switch its thinking off, or raise "
      "the limit of tokens"),
  N_ ("the model declines: %s"),
  N_ ("'identity' is empty or far too long"),
  N_ ("'clothing' is empty or far too long"),
  N_ ("there is no JSON object in the answer"),
  N_ ("the server's filter cut the answer off"),
  N_ ("the limit of tokens cut the answer off: raise it"),
  N_ ("the server broke off its answer"),
  N_ ("the model wanted to call a tool"),
  N_ ("the answer is empty"),
  N_ ("the answer describes neither the person nor the clothing"),
  N_ ("'%s' %s"),
  N_ ("the answer %s"),
  N_ ("is missing"),
  N_ ("was not asked for"),
  N_ ("is nested too deeply"),
  N_ ("is none of the allowed values"),
  N_ ("is not of type %s"),
  /* jobs */
  N_ ("its style is not there any more: make the styles again"),
  N_ ("the test picture, which comes first, got no answer: %s"),
  N_ ("the model does not see its pictures: it failed on the test picture (%s); probe the "
      "endpoint before going on"),
  N_ ("the answer to the test picture was cut off at %s tokens: raise the prompt's limit "
      "(max-tokens), or switch the model's thinking off"),
  N_ ("%s and %s where there are %s and %s"),
  N_ ("nothing"),
  N_ ("red"),
  N_ ("green"),
  N_ ("blue"),
  N_ ("yellow"),
  N_ ("black"),
  N_ ("the next question could go beyond the limit of tokens: raise it to go on"),
  N_ ("the next question could go beyond the limit of cost: raise it to go on"),
  N_ ("what answers cost is not known, so that no limit of cost can be kept: give the "
      "endpoint's prices, or a limit of tokens"),
  N_ ("the job's limit of %s tokens is used up: %s were spent; raise it with --max-tokens"),
  N_ ("the job's limit of %s tokens is used up: %s were counted, and %s answers without a count "
      "are taken for %s; raise it with --max-tokens"),
  N_ ("the job's limit of costs, %s, is used up: %s were spent; raise it with --max-cost"),
  N_ ("the picture '%s' is not in the project any more"),
  N_ ("cannot make the picture ready to be sent: %s"),
  N_ ("a caption job of '%s' runs already: in %s; wait for it or stop it"),
  N_ ("nothing to describe: no image matches '%s'"),
  N_ ("nothing to describe: every image that matches has descriptions by '%s' with this prompt"),
  N_ ("nothing to describe: '%s' with this prompt was asked about every image that matches, and %s "
      "were described without it; another prompt or model asks anew"),
  N_ ("nothing to describe: '%s' with this prompt has refused, or not usably answered, %s of what "
      "matches before, and described the rest; `guisectl caption retry %s` asks again"),
  N_ ("guisectl %s was ended by a signal: '%s'"),
  N_ ("guisectl %s failed: exit status %s"),
  /* addresses and keys */
  N_ ("cannot use the address '%s': %s"),
  N_ ("cannot use the address of an endpoint: %s"),
  N_ ("it is longer than 2048 bytes"),
  N_ ("it has a space or a control character in it"),
  N_ ("only ASCII is taken, so that no letter looks like another; write a foreign host "
      "name in its xn-- form"),
  N_ ("it has a backslash in it"),
  N_ ("it must begin with https:// or, on this machine, http://"),
  N_ ("it names no host"),
  N_ ("user names and passwords do not belong into an address; give the key through the "
      "keyring or an environment variable"),
  N_ ("keys do not belong into an address; give the key through the keyring or an environment "
      "variable"),
  N_ ("it has a '#' in it"),
  N_ ("plain http is only for this machine (127.0.0.1); others need https"),
  N_ ("it is no address such as http://127.0.0.1:8080/v1"),
  N_ ("cannot send pictures to '%s': it is not this machine, and pictures of people leave "
      "it only where you allow it (--allow-remote)"),
  N_ ("cannot send pictures to '%s': in the window it was decided that those of this project never "
      "go there; take that back there first"),
  N_ ("cannot ask '%s': its address is at '%s' by now, and not at '%s', which was agreed "
      "to; start again"),
  N_ ("cannot ask '%s': it has no %s; %s"),
  N_ ("cannot find the endpoint '%s': there are %s"),
  N_ ("cannot find the key: the environment variable '%s' is not set"),
  N_ ("cannot use the key: %s"),
  N_ ("it is longer than 4096 characters"),
  N_ ("it has a space, a line break or another character that no key has"),
  N_ ("cannot ask the keyring: it does not answer; unlock it, or give the key in an "
      "environment variable"),
  N_ ("cannot ask the keyring: this program was built without it; give the key in an "
      "environment variable"),
  N_ ("cannot ask the keyring: %s"),
  /* checks */
  N_ ("it does not begin with a word"),
  N_ ("it does not begin with a capital letter"),
  N_ ("it does not end with a full stop"),
  N_ ("it has more than one line"),
  N_ ("it has a character that cannot be seen"),
  N_ ("it is not UTF-8"),
  N_ ("it has a mark that belongs to no sentence: '%s'"),
  N_ ("it has a mark like a list's: '%s'"),
  N_ ("it has a link, or what a form left behind: '%s'"),
  N_ ("it says something twice in a row: '%s'"),
  N_ ("it is not sure of itself: '%s'"),
  N_ ("it speaks of itself or of its task, not of a person: '%s'"),
  N_ ("it names an ethnicity: '%s'"),
  N_ ("it speaks of clothing: '%s'"),
  N_ ("it speaks of who the person is: '%s'"),
  N_ ("it speaks of the surroundings: '%s'"),
  N_ ("it refuses to describe anybody: '%s'"),
  N_ ("it has %s words, at least %s are wanted"),
  N_ ("it has %s words, at most %s are wanted"),
  N_ ("it has %s tokens, the model reads %s"),
  N_ ("it says nothing of: %s"),
  N_ ("its %s is '%s', but %s of %s other pictures say '%s'"),
  N_ ("gender"),
  N_ ("age"),
  N_ ("build"),
  N_ ("height"),
  N_ ("posture"),
  N_ ("hair"),
  N_ ("upper"),
  N_ ("lower"),
  N_ ("shoes"),
  N_ ("bag"),
  N_ ("headwear"),
  N_ ("hair-colour"),
  N_ ("hair-style"),
  N_ ("facial-hair"),
  N_ ("eyewear"),
  N_ ("aid"),
  N_ ("upper-type"),
  N_ ("upper-colour"),
  N_ ("upper-pattern"),
  N_ ("upper-material"),
  N_ ("lower-type"),
  N_ ("lower-colour"),
  N_ ("lower-pattern"),
  N_ ("lower-material"),
  N_ ("shoes-type"),
  N_ ("shoes-colour"),
  N_ ("shoes-pattern"),
  N_ ("shoes-material"),
  N_ ("bag-type"),
  N_ ("bag-colour"),
  N_ ("bag-pattern"),
  N_ ("bag-material"),
  N_ ("headwear-type"),
  N_ ("headwear-colour"),
  N_ ("headwear-pattern"),
  N_ ("headwear-material"),
  /* styles */
  N_ ("%s clusters instead of %s: the others would have no points; choose a smaller k"),
  N_ ("%s points drawn by the seed were clustered, the other %s went to the nearest centroid: "
      "Ward's method keeps the distances of all pairs"),
  /* prompts */
  N_ ("cannot use prompt '%s': line %s: %s"),
  N_ ("cannot use prompt '%s': %s"),
  N_ ("%s must be a whole number between %s and %s"),
  N_ ("words takes two numbers, the fewest and the most"),
  N_ ("words: the fewest (%s) are more than the most (%s)"),
  N_ ("temperature must be a number between 0 and 2"),
  N_ ("expected 'key = value' or a section in brackets"),
  N_ ("the title is empty"),
  N_ ("unknown key '%s'; there are title, temperature, max-tokens and words"),
  N_ ("section [%s] is there twice"),
  N_ ("unknown section '[%s]'; there are [system], [user], [style] and [refused]"),
  N_ ("'{{' without '}}'"),
  N_ ("no variable '{{%s}}' in [%s]"),
  N_ ("section [user], what is asked, is missing"),
  N_ ("cannot describe in styles: the prompt '%s' has no place for their exemplars; give "
      "it a section [style], and {{style}} in [user]"),
  N_ ("It mentions ethnicity: descriptions of it are guesses, and sensitive. Leave it out "
      "unless the line forbids it."),
  N_ ("It asks who the person is by name: a picture does not tell."),
  N_ ("It asks for an age in years: ask for a group (young, middle-aged, elderly)."),
  N_ ("It asks for the background: descriptions of it teach a model the camera, not the person."),
  N_ ("It does not allow null: models invent what they cannot see unless they may say so."),
  N_ ("It does not ask for what is visible only."),
  N_ ("It has no {{schema}}: servers that ignore the request's schema will answer in a "
      "shape of their own."),
  N_ ("It has no [refused]: a refusal is final."),
};

/* ---- recognising ---- */

/* What stands in the form's gaps, NULL where the text has another form; *n_own: how many bytes are
 * the form's own. */
static char **
match (const char *form, const char *text, gsize *n_own)
{
  g_auto (GStrv) pieces = g_strsplit (form, "%s", MAX_GAPS + 1);
  g_autoptr (GStrvBuilder) gaps = g_strv_builder_new ();
  guint n = g_strv_length (pieces);
  const char *tail = pieces[n - 1];
  const char *end = text + strlen (text) - strlen (tail);

  *n_own = strlen (form) - strlen ("%s") * (n - 1);
  if (n == 1)
    return strcmp (form, text) == 0 ? g_strv_builder_end (gaps) : NULL;
  if (!g_str_has_prefix (text, pieces[0]) || !g_str_has_suffix (text, tail))
    return NULL;
  text += strlen (pieces[0]);
  for (guint i = 1; i < n; i++) {
    const char *next = i < n - 1 ? strstr (text, pieces[i]) : end;
    g_autofree char *gap = NULL;

    if (next == NULL || next < text || next > end)
      return NULL;
    gap = g_strndup (text, (gsize)(next - text));
    g_strv_builder_add (gaps, gap);
    text = next + strlen (pieces[i]);
  }
  return g_strv_builder_end (gaps);
}

/* The form, or NULL. */
static const char *
find_form (const char *text, char ***gaps)
{
  const char *best = NULL;
  gsize n_best = 0, n_own;

  *gaps = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
    char **found = match (forms[i], text, &n_own);

    if (found == NULL || n_own <= n_best) {
      g_strfreev (found);
      continue;
    }
    g_strfreev (*gaps);
    *gaps = found;
    best = forms[i];
    n_best = n_own;
  }
  return best;
}

/* ---- writing ---- */

/* "%s" is the next gap, "%2$s" the second one. */
static char *
fill_in (const char *form, char *const *gaps)
{
  GString *text = g_string_new (NULL);
  guint n_gaps = g_strv_length ((char **)gaps), next = 0;

  while (*form != '\0') {
    gboolean numbered = form[0] == '%' && g_ascii_isdigit (form[1]) && form[2] == '$'
                        && form[3] == 's';
    guint gap = numbered ? (guint)(form[1] - '1') : next;

    if ((numbered || g_str_has_prefix (form, "%s")) && gap < n_gaps) {
      g_string_append (text, gaps[gap]);
      next++;
      form += numbered ? strlen ("%1$s") : strlen ("%s");
    } else {
      g_string_append_c (text, *form++);
    }
  }
  return g_string_free (text, FALSE);
}

static char *translate_part (const char *text, GuiseTranslate translate, guint depth);

/* "hair, shoes" */
static char *
translate_list (const char *text, GuiseTranslate translate)
{
  g_auto (GStrv) words = g_strsplit (text, ", ", -1);

  for (guint i = 0; words[i] != NULL; i++) {
    char *word = translate_part (words[i], translate, MAX_DEPTH);

    g_free (words[i]);
    words[i] = word;
  }
  return g_strjoinv (", ", words);
}

/* What stands between quotation marks is somebody's own word. */
static gboolean
is_quoted (const char *form, guint gap)
{
  g_auto (GStrv) pieces = g_strsplit (form, "%s", MAX_GAPS + 1);

  return g_str_has_suffix (pieces[gap], "'") && *pieces[gap + 1] == '\'';
}

static char *
translate_part (const char *text, GuiseTranslate translate, guint depth)
{
  g_auto (GStrv) gaps = NULL;
  const char *form = find_form (text, &gaps);

  if (form == NULL)
    return depth > 0 && depth < MAX_DEPTH ? translate_list (text, translate) : g_strdup (text);
  for (guint i = 0; gaps[i] != NULL && depth < MAX_DEPTH; i++) {
    char *gap = is_quoted (form, i) ? g_strdup (gaps[i])
                                    : translate_part (gaps[i], translate, depth + 1);

    g_free (gaps[i]);
    gaps[i] = gap;
  }
  return fill_in (translate (form), gaps);
}

char *
guise_reason_translate (const char *reason, GuiseTranslate translate)
{
  return translate_part (reason, translate, 0);
}
