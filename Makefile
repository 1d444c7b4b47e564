# The front door. Everything is built by meson in ./build; these targets only spare the typing.
#
#   make          build            make check    all test suites        make bench    throughput
#   make demo     see it work      make asan     suites, sanitized      make install  PREFIX=/usr/local
#
# Missing Debian packages are installed with apt-get; NO_INSTALL=1 only names them.
# make demo TRAIN=1 trains a model from nothing instead of loading the one that is shipped.

BUILD = build
ASAN = build-asan
PREFIX ?= /usr/local
DEMO ?= demo

.PHONY: all packages demo check bench asan install clean

all: packages $(BUILD)/build.ninja
	ninja -C $(BUILD)

packages:
	@NO_INSTALL="$(NO_INSTALL)" build-aux/install-packages

$(BUILD)/build.ninja:
	meson setup $(BUILD) --buildtype=release --prefix=$(PREFIX)

demo: all
	@TRAIN="$(TRAIN)" build-aux/run-demo $(BUILD) $(DEMO)

check: all
	@build-aux/run-tests $(BUILD)

bench: all
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BUILD)/app/cli/guisectl bench

$(ASAN)/build.ninja:
	meson setup $(ASAN) --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false

asan: packages $(ASAN)/build.ninja
	ninja -C $(ASAN)
	@build-aux/run-tests $(ASAN)

install: all
	meson configure $(BUILD) --prefix=$(PREFIX)
	meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) $(ASAN)
