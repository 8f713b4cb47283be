"""Runs every benchmark; exits 1 if a bound is missed."""

import sys

from bench import cold_build, deep, seeds

sys.exit(not all([cold_build.main(), deep.main(), seeds.main()]))
