/* What frozen encoders give for the images and texts of a project, kept in its folder tokens/ so
 * that it is computed once: an image's tokens [L,D] in half precision, of the picture as it is and
 * mirrored; a text's feature [Dt]. It belongs to the weights, sizes and precision of the encoder
 * that made it (by their SHA-256), and in it an image to the SHA-256 of its file, a text to that of
 * its tokens; all runs share it. Filling may be stopped or killed at any time and goes on where it
 * was. */
#pragma once

#include "guise-embedder.h"
#include "guise-train-set.h"

/* what: "caching visual tokens" … */
typedef void (*GuiseTokenProgress) (const char *what, guint64 done, guint64 total,
                                    gpointer user_data);
/* Something that was damaged and is made again. */
typedef void (*GuiseTokenWarning) (const char *message, gpointer user_data);

typedef struct {
  GuiseTokenProgress progress;
  GuiseTokenWarning warning;
  gpointer user_data;
} GuiseTokenListener;

/* Opens or makes the files of this model in folder, which is made if need be. model, team and
 * listener are borrowed; the model's encoders must not change meanwhile. What
 * config.train.augment.flip says decides whether mirrored pictures are kept too;
 * config.train.train_text whether texts are. */
GuiseTokenCache *guise_token_cache_open (const char *folder, const GuiseModel *model, NnTeam *team,
                                         const GuiseTokenListener *listener,
                                         GCancellable *cancellable, GError **error);
void guise_token_cache_free (GuiseTokenCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTokenCache, guise_token_cache_free)

/* Computes what is missing of the set's images while other threads decode, and leaves where each
 * one's tokens are in set->visual: plain and mirrored, the second NULL where nothing is mirrored.
 * failed [n_images]: set where an image does not decode; *message (free it): why the first of them
 * did not, or NULL. Fails with G_IO_ERROR_NO_SPACE before anything is computed, and with
 * G_IO_ERROR_CANCELLED. */
gboolean guise_token_cache_fill_images (GuiseTokenCache *cache, GuiseTrainSet *set,
                                        guint8 *failed, char **message,
                                        GCancellable *cancellable, GError **error);
/* The same for its texts, in set->features; nothing where the text encoder is trained. */
gboolean guise_token_cache_fill_texts (GuiseTokenCache *cache, GuiseTrainSet *set,
                                       GCancellable *cancellable, GError **error);

/* Bytes that n_images and n_texts need at most. */
guint64 guise_token_cache_count_bytes (const GuiseConfig *config, gsize n_images, gsize n_texts);
/* Whether so many more bytes fit into the file system of folder, which need not be there yet;
 * G_IO_ERROR_NO_SPACE with what to do. */
gboolean guise_token_cache_check_space (const char *folder, guint64 bytes, GError **error);
