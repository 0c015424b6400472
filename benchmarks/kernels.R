# The same work by R, for kernels.py: reads answers.csv in the folder given, prints seconds as JSON.
suppressMessages(library(psych))
folder <- commandArgs(trailingOnly = TRUE)[1]
x <- read.csv(file.path(folder, "answers.csv"))
signs <- x[, 1:15]
effects <- x[, 16:20]
seconds <- function(work) {
  taken <- unname(system.time(suppressMessages(suppressWarnings(work))))
  c(taken[3], sum(taken[1:2])) # by the clock, of the processor
}
options(mc.cores = 1)
iterations <- 20
out <- list(
  kendall = seconds(corr.test(signs, effects, method = "kendall", ci = FALSE)),
  spearman = seconds(corr.test(signs, effects, method = "spearman", ci = FALSE)),
  alpha = seconds(alpha(signs, n.iter = 1000)),
  omega = seconds(omega(signs, nfactors = 3, n.iter = iterations, plot = FALSE)) / iterations
)
pairs <- sapply(out, function(two) paste0("[", two[1], ", ", two[2], "]"))
cat(paste0("{", paste0('"', names(out), '": ', pairs, collapse = ", "), "}\n"))
