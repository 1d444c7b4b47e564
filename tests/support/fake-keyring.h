/* A Secret Service of few words, on a bus of the test's own: it keeps one key, whatever it is asked
 * for, or swallows every call. */
#pragma once

#include <gio/gio.h>

typedef struct {
  char *key;        /* NULL: none is kept */
  gint n_asked;     /* how often one was looked for … */
  char *asked;      /* … and the last time for what */
  char *kept;       /* what was said of the key that was given */
  char *collection; /* where it was given to */
  gboolean replaces;
} FakeKeyring;

void fake_keyring_clear (FakeKeyring *keyring);

/* In a thread of its own: who asks blocks. */
typedef struct {
  FakeKeyring *keyring; /* NULL: says nothing */
  const char *address;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GMutex lock;
  GCond ready;
  gboolean is_ready;
} FakeKeyringService;

/* From then on it answers at bus, with keyring (NULL: not at all). */
void fake_keyring_start (FakeKeyringService *service, GTestDBus *bus, FakeKeyring *keyring);
void fake_keyring_stop (FakeKeyringService *service);
