#!/usr/bin/env bash
# lme4 1.1-31 (Debian r-cran-lme4 1.1-31-1): a likelihood of random slopes over few groups may have two maxima, and lmer() ends at the lower one without a
# word: no warning of convergence, no note of singularity. A start elsewhere finds the higher one. Compare fits from several starts, as allFit() does not:
# its optimisers all begin at the same point.
# Seen: log-likelihood -51.042438 from the default start, -50.704019 from start = list(theta = c(0.2, 0, 0.2)).
# Needs R with lme4 of that version, from Debian: apt-get install r-cran-lme4=1.1-31-1. Exits with an error when this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > slopes.csv <<'CSV'
y,x,z,g
0.557874,0.036662,0.246641,g0
-0.033749,-2.845237,0.359834,g1
0.655239,-0.015534,0.716198,g2
2.008304,-0.426620,0.673502,g3
0.591605,-0.141764,0.585881,g4
1.549924,1.290131,0.439929,g5
-0.588577,0.141179,0.046791,g6
0.862470,0.878846,0.493460,g0
0.194319,-1.384400,0.949204,g1
-0.828138,0.161526,0.594149,g2
1.161658,-0.197188,0.784890,g3
0.074878,1.148942,0.300981,g4
-1.967295,-0.204718,0.564995,g5
-0.521791,0.850292,0.706880,g6
-0.390612,-0.470708,0.425869,g0
0.488391,-0.822744,0.061629,g1
-1.023302,2.204517,0.573542,g2
0.503512,-0.476443,0.535109,g3
0.357456,0.130575,0.125471,g4
-1.892552,-0.007192,0.300689,g5
-1.435283,0.330635,0.439545,g6
-0.364798,0.527237,0.092226,g0
-2.178363,-2.961560,0.701765,g1
-0.158797,0.590428,0.094887,g2
-1.689014,0.225911,0.471882,g3
0.023610,-0.544754,0.992838,g4
-1.852287,0.242237,0.803183,g5
0.053731,-1.868893,0.844177,g6
-0.593086,-2.110325,0.867914,g0
1.463219,-0.459216,0.352217,g1
-1.319715,-0.148537,0.331013,g2
0.350295,-0.019575,0.505584,g3
0.502653,-0.283748,0.750854,g4
-0.479066,0.868470,0.516316,g5
0.115277,-1.156019,0.473255,g6
CSV
cat > look.R <<'R'
suppressMessages(library(lme4))
stopifnot(packageVersion("lme4") == "1.1.31")
d <- read.csv("slopes.csv")
default <- lmer(y ~ x + z + (x | g), d, REML = FALSE)
other <- lmer(y ~ x + z + (x | g), d, REML = FALSE, start = list(theta = c(0.2, 0, 0.2)))
cat(sprintf("default start: %.6f, singular: %s, messages: %d; other start: %.6f, singular: %s\n", logLik(default), isSingular(default), length(default@optinfo$conv$lme4$messages), logLik(other), isSingular(other)))
quit(status = as.integer(!(logLik(other) > logLik(default) + 0.3)))
R
Rscript look.R
