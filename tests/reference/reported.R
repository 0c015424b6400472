# Writes reported.json: p of test statistics, computed by R. Run from this folder: Rscript reported.R
# Needs R with jsonlite.

suppressMessages(library(jsonlite))
options(digits = 15)
cases <- list()
add <- function(test, statistic, df, p)
  cases[[length(cases) + 1]] <<- list(test = test, statistic = statistic, df = as.list(df), p = p)

for (x in c(-2.1, 0, 0.5, 12.75)) for (df in c(1, 28.4, 38, 1e4)) add("t", x, df, 2 * pt(-abs(x), df))
for (x in c(0, 0.3, 3.45, 60)) add("F", x, c(2, 57), pf(x, 2, 57, lower.tail = FALSE))
add("F", 4.2, c(1.43, 40.1), pf(4.2, 1.43, 40.1, lower.tail = FALSE))
for (x in c(0, 4.1, 30.2)) for (test in c("chi2", "Q")) for (df in c(1, 12))
  add(test, x, df, pchisq(x, df, lower.tail = FALSE))
for (r in c(-.31, 0, .05, .999)) { df <- 98; t <- r * sqrt(df / (1 - r^2)); add("r", r, df, 2 * pt(-abs(t), df)) }
for (x in c(-1.96, 0, 8)) add("z", x, numeric(), 2 * pnorm(-abs(x)))

versions <- list(R = paste(R.version$major, R.version$minor, sep = "."))
write(toJSON(list(versions = versions, cases = cases), auto_unbox = TRUE, digits = 17), "reported.json")
