/* The manners in which the texts of a data set are written: clusters of their style features, each
 * with a name and the texts that show it best. Found without a model; kept as styles.json in the
 * project, which can be made again and may be deleted. The data set's own style of a caption is
 * another thing and stays as it is. */
#pragma once

#include "guise-cluster.h"
#include "guise-lexicon-load.h"

#include <jansson.h>

G_BEGIN_DECLS

#define GUISE_STYLES_FILE "styles.json"
/* What stands for the features that need no model where an encoder is named. */
#define GUISE_STYLES_BUILTIN "builtin"

typedef struct {
  GuiseClusterMethod method;
  double eps;              /* DBSCAN; 0 = at the knee of the k-distances */
  size_t min_samples;      /* DBSCAN; 0 = 1 % of the texts, from 2·ln n to 100 */
  size_t min_cluster_size; /* smaller ones are merged; 0 = 2 % of the texts, at least 5 */
  size_t k;                /* of the methods that are told; 0 = 5 */
  size_t n_exemplars;      /* of each style; 0 = 5 */
  guint64 seed;
  const char *encoder; /* a CLIP folder; NULL = the features that need no model */
} GuiseStyleOptions;

#define GUISE_STYLES_MAX_EXEMPLARS 50

typedef struct {
  char *name; /* "style-1" is the largest, until names are given and inherited */
  size_t size;
  size_t n_found;   /* of them put there by the method; the others were noise */
  char **exemplars; /* nearest to the centre first; distinct, NULL-terminated */
} GuiseStyle;

typedef struct {
  GuiseStyleOptions options; /* with what was used where 0 was given */
  char *encoder;             /* the folder's whole path, which options borrow; or NULL */
  size_t n;                  /* texts */
  gint64 *ids;               /* [n]: the caller's; NULL = none */
  guint32 *labels;           /* [n]: which style */
  size_t n_styles;
  GuiseStyle *styles;
  size_t n_noise;       /* texts near to no cluster, which were given to one */
  size_t n_clusters;    /* that the method found, before small ones were merged */
  double silhouette;    /* NaN where there is but one style */
  double *curve;        /* [n_curve]: k-distances, rising, thinned for a plot; DBSCAN only */
  size_t n_curve, knee; /* knee: place in the curve */
  char *note, *advice;  /* see guise-cluster.h; or NULL */
} GuiseStyles;

/* ids [n]: of the texts, copied; NULL = none. Errors: GUISE_CLUSTER_ERROR, G_IO_ERROR_CANCELLED,
 * and those of guise-style-encoder.h. Blocking; needs nn_gemm_init(). */
GuiseStyles *guise_styles_find (const GuiseLexicon *lexicon, const char *const *texts,
                                const gint64 *ids, size_t n, const GuiseStyleOptions *options,
                                const GuiseWork *work, GError **error);
void guise_styles_free (GuiseStyles *styles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseStyles, guise_styles_free)

/* All but the texts themselves. labels: with the style of each text. */
json_t *guise_styles_to_json (const GuiseStyles *styles, gboolean labels);
/* {"style-1": [texts], …}: what a job of captions takes. names: of the styles that are wanted,
 * NULL-terminated; NULL = all. */
json_t *guise_styles_pack_exemplars (const GuiseStyles *styles, const char *const *names);
/* where names the source in errors, which are GUISE_FORMATS_ERROR. */
GuiseStyles *guise_styles_from_json (json_t *object, const char *where, GError **error);

gboolean guise_styles_save (const GuiseStyles *styles, const char *folder, GError **error);
/* G_IO_ERROR_NOT_FOUND where there are none yet. */
GuiseStyles *guise_styles_load (const char *folder, GError **error);

G_END_DECLS
