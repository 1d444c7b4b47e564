/* Throw-away certificates, made anew for each test. */
#pragma once

#include <glib.h>

typedef struct {
  char *certificate, *key; /* PEM */
} TestCertificate;

typedef struct {
  const char *address;           /* the IP address it is for; NULL: it is an authority */
  const TestCertificate *signer; /* NULL: itself */
  gboolean expired;
} TestCertificateOptions;

void test_certificate_make (TestCertificate *certificate, const TestCertificateOptions *options);
void test_certificate_clear (TestCertificate *certificate);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TestCertificate, test_certificate_clear)
