#include "test-certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static void
add_extension (X509 *x509, int nid, const char *value)
{
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, nid, value);

  g_assert_nonnull (extension);
  X509_add_ext (x509, extension, -1);
  X509_EXTENSION_free (extension);
}

static char *
take_text (BIO *bio)
{
  char *data;
  long size = BIO_get_mem_data (bio, &data);
  char *text = g_strndup (data, (gsize)size);

  BIO_free (bio);
  return text;
}

static X509 *
create (EVP_PKEY *key, const TestCertificateOptions *options)
{
  static long serial = 1;
  X509 *x509 = X509_new ();
  X509_NAME *name = X509_get_subject_name (x509);
  const char *common = options->address != NULL ? "Test server" : "Test authority";

  X509_set_version (x509, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), serial++);
  X509_gmtime_adj (X509_getm_notBefore (x509), -86400 * 2);
  X509_gmtime_adj (X509_getm_notAfter (x509), options->expired ? -86400 : 86400);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC, (const guchar *)common, -1, -1, 0);
  X509_set_pubkey (x509, key);
  if (options->address != NULL) {
    g_autofree char *names = g_strdup_printf ("IP:%s", options->address);

    add_extension (x509, NID_subject_alt_name, names);
  } else {
    add_extension (x509, NID_basic_constraints, "critical,CA:TRUE");
    add_extension (x509, NID_key_usage, "critical,keyCertSign,cRLSign");
  }
  return x509;
}

static void
sign (X509 *x509, EVP_PKEY *key, const TestCertificate *signer)
{
  BIO *bio;
  X509 *issuer;
  EVP_PKEY *issuer_key;

  if (signer == NULL) {
    X509_set_issuer_name (x509, X509_get_subject_name (x509));
    g_assert_cmpint (X509_sign (x509, key, EVP_sha256 ()), >, 0);
    return;
  }
  bio = BIO_new_mem_buf (signer->certificate, -1);
  issuer = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  BIO_free (bio);
  bio = BIO_new_mem_buf (signer->key, -1);
  issuer_key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);
  BIO_free (bio);
  X509_set_issuer_name (x509, X509_get_subject_name (issuer));
  g_assert_cmpint (X509_sign (x509, issuer_key, EVP_sha256 ()), >, 0);
  X509_free (issuer);
  EVP_PKEY_free (issuer_key);
}

void
test_certificate_make (TestCertificate *certificate, const TestCertificateOptions *options)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *x509 = create (key, options);
  BIO *bio;

  sign (x509, key, options->signer);
  bio = BIO_new (BIO_s_mem ());
  PEM_write_bio_X509 (bio, x509);
  certificate->certificate = take_text (bio);
  bio = BIO_new (BIO_s_mem ());
  PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL);
  certificate->key = take_text (bio);
  X509_free (x509);
  EVP_PKEY_free (key);
}

void
test_certificate_clear (TestCertificate *certificate)
{
  g_free (certificate->certificate);
  g_free (certificate->key);
  *certificate = (TestCertificate){ 0 };
}
