/* Reading safetensors: u64 header length (little endian), a JSON header, the tensors' bytes. Every
 * rule of the format's own reader is enforced before a tensor can be seen
 * (github.com/huggingface/safetensors, tensor.rs): header at most 100 MB; offsets that cover the
 * data from 0 to the file's last byte without hole or overlap; sizes that equal shape times dtype
 * without overflow; no duplicate names. Further caps: 65536 tensors, names of 1024 bytes, 8
 * dimensions. Content errors are GUISE_FORMATS_ERROR, the file's own G_IO_ERROR. Immutable once
 * open, so any thread may read. */
#pragma once

#include "guise-dtype.h"

#include <gio/gio.h>
#include <jansson.h>

typedef struct _GuiseSafetensors GuiseSafetensors;

/* One tensor; everything in it belongs to the GuiseSafetensors. data is row-major, little endian
 * and may lie unaligned: use the copies below, or memcpy. Names come from the file: show them
 * escaped and never make paths of them. */
typedef struct {
  const char *name;
  GuiseDtype dtype;
  int n_dims; /* 0: a scalar */
  gsize shape[GUISE_MAX_DIMS];
  gsize n_elements;
  const guint8 *data;
  gsize n_bytes;
} GuiseTensor;

/* Reads path whole, or maps it when it is large: then it must not be shortened while open (files
 * that are replaced by rename are fine). */
GuiseSafetensors *guise_safetensors_open (const char *path, GError **error);
/* The same for bytes in memory, which are kept by reference; where names them in errors. */
GuiseSafetensors *guise_safetensors_parse (GBytes *bytes, const char *where, GError **error);
/* Of a file whose data may be damaged: its header as it stands, which nothing but its own form was
 * checked of. The caller owns it. */
json_t *guise_safetensors_read_header (const char *path, GError **error);
/* Once its tensors were copied: a large file takes no memory while it stays open. */
void guise_safetensors_forget_pages (GuiseSafetensors *file);
void guise_safetensors_free (GuiseSafetensors *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseSafetensors, guise_safetensors_free)

gsize guise_safetensors_get_n_tensors (const GuiseSafetensors *file);
/* By index, in the order of names (strcmp). */
const GuiseTensor *guise_safetensors_get (const GuiseSafetensors *file, gsize index);
/* NULL when there is none of that name. */
const GuiseTensor *guise_safetensors_lookup (const GuiseSafetensors *file, const char *name);
/* The same, but absence is an error that names the file. */
const GuiseTensor *guise_safetensors_require (const GuiseSafetensors *file, const char *name,
                                              GError **error);
/* A value of __metadata__, or NULL. */
const char *guise_safetensors_get_metadata (const GuiseSafetensors *file, const char *key);
const char *guise_safetensors_get_path (const GuiseSafetensors *file);

/* Fill out[n_elements]. Float kinds convert among each other (F64 to float rounds), I64, I32 and U8
 * to gint64; anything else is an error that names the tensor. */
gboolean guise_tensor_copy_float (const GuiseTensor *tensor, float *out, GError **error);
gboolean guise_tensor_copy_double (const GuiseTensor *tensor, double *out, GError **error);
gboolean guise_tensor_copy_int64 (const GuiseTensor *tensor, gint64 *out, GError **error);

/* TRUE when an element is NaN or infinite: its index in *index. Integer tensors have none. */
gboolean guise_tensor_find_non_finite (const GuiseTensor *tensor, gsize *index);
/* Fails on the first such element of any tensor, naming tensor and index. */
gboolean guise_safetensors_check_finite (const GuiseSafetensors *file, GError **error);

/* Fails with GUISE_FORMATS_ERROR_DAMAGED unless the SHA-256 of the tensors' bytes (in file order)
 * equals the hexadecimal one in the metadata key "sha256"; _MISSING when there is no such key. */
gboolean guise_safetensors_check_hash (const GuiseSafetensors *file, GError **error);
/* Opens path anew, all rules enforced, and checks its hash. */
gboolean guise_safetensors_verify (const char *path, GError **error);
