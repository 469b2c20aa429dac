#!/usr/bin/env bash
# R 4.2: ptukey() is off in the third digit where the error has two degrees of freedom. The studentised range of two means is √2 |t|, so that
# ptukey(q, 2, df, lower.tail = FALSE) is 2 pt(-q / √2, df): at q = 15, df = 2 it is 0.008565 where Student's t has 0.008772, 2.4 % more, and Tukey's p values
# of TukeyHSD() and emmeans inherit it. From about 10 degrees of freedom on both agree to six digits. With two means take t; with few degrees of freedom
# take the integral by integrate().
# Exits with an error when this changes.
set -euo pipefail
Rscript -e '
stopifnot(getRversion() >= "4.2.0")
q <- 15
got <- ptukey(q, 2, 2, lower.tail = FALSE)
exact <- 2 * pt(-q / sqrt(2), 2)
cat(sprintf("ptukey %.6f, by t %.6f, at 10 degrees of freedom %.3g apart\n", got, exact, abs(ptukey(5, 2, 10, lower.tail = FALSE) - 2 * pt(-5 / sqrt(2), 10))))
quit(status = if (abs(got / exact - 1) > 0.02) 0 else 1)'
