# Writes lme4's InstEval and VerbAgg tables as CSV files into the folder given.
suppressPackageStartupMessages(library(lme4))
folder <- commandArgs(TRUE)[1]
write.csv(InstEval, file.path(folder, "InstEval.csv"), row.names = FALSE, quote = FALSE)
write.csv(VerbAgg, file.path(folder, "VerbAgg.csv"), row.names = FALSE)
cat("{\"id\":\"tables\"}\n")
