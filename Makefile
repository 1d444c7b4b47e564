# The front door. Everything is built by meson in ./build; these targets only spare the typing.
#
#   make          build            make check    all test suites        make bench    throughput
#   make demo     see it work      make asan     suites, sanitized      make install  PREFIX=/usr/local
#   make tsan     threads' suites  make coverage what tests reach       make check-long  fuzzing, 60 s a target; slow tests
#   make po       translations up to date with the texts; then translate what is empty in po/LANGUAGE.po
#   make bench-ui                  the window with 100 000 pictures
#
# Missing Debian packages are installed with apt-get; NO_INSTALL=1 only names them.
# make demo TRAIN=1 trains a model from nothing instead of loading the one that is shipped.
# make check-long FUZZ_SECONDS=600 FUZZ="json npy" fuzzes these for so long.

BUILD = build
ASAN = build-asan
TSAN = build-tsan
FUZZING = build-fuzz
COVERAGE = build-coverage
FUZZ_SECONDS ?= 60
FUZZ ?=
PREFIX ?= /usr/local
DEMO ?= demo

.PHONY: all packages fuzz-packages coverage-packages demo check check-long bench bench-ui asan tsan coverage po install clean

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

bench-ui: all
	@build-aux/bench-ui $(BUILD)

$(ASAN)/build.ninja:
	meson setup $(ASAN) --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false

asan: packages $(ASAN)/build.ninja
	ninja -C $(ASAN)
	@build-aux/run-tests $(ASAN)

$(TSAN)/build.ninja:
	meson setup $(TSAN) --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false -Dui=false

tsan: packages $(TSAN)/build.ninja
	ninja -C $(TSAN)
	@build-aux/run-tests $(TSAN)

coverage-packages: packages
	@NO_INSTALL="$(NO_INSTALL)" build-aux/install-packages coverage

$(COVERAGE)/build.ninja:
	meson setup $(COVERAGE) --buildtype=debug -Db_coverage=true -Dui=false

coverage: coverage-packages $(COVERAGE)/build.ninja
	ninja -C $(COVERAGE)
	@build-aux/run-coverage $(COVERAGE)

fuzz-packages: packages
	@NO_INSTALL="$(NO_INSTALL)" build-aux/install-packages fuzz

$(FUZZING)/build.ninja:
	CC=clang meson setup $(FUZZING) --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false \
	  -Dui=false -Dfuzz=true

check-long: fuzz-packages all $(FUZZING)/build.ninja
	ninja -C $(FUZZING) fuzz
	@build-aux/run-fuzz $(FUZZING) $(FUZZ_SECONDS) $(FUZZ)
	@build-aux/run-slow $(BUILD)

po:
	po/update

install: all
	meson configure $(BUILD) --prefix=$(PREFIX)
	meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) $(ASAN) $(TSAN) $(FUZZING) $(COVERAGE)
