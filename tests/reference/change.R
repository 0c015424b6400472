# Writes change.json and data/change.csv: paired differences, programme against control, reliable
# change, growth, computed by R. Run from this folder:  Rscript change.R
#
# Needs R with sandwich, lme4 and jsonlite. "hand" marks formulas written out here.

suppressMessages({library(sandwich); library(lme4); library(jsonlite)})
options(digits = 15)
set.seed(20240611)

# Couples and people who took part alone, four waves, answers that get lost
couples <- 70; alone <- 24
dyad <- c(rep(seq_len(couples), each = 2), couples + seq_len(alone))
person <- seq_along(dyad)
arm <- rep(c("program", "waitlist"), length.out = couples + alone)[dyad]
shared <- rnorm(couples + alone, sd = 0.4)[dyad]
level <- rnorm(length(person), sd = 0.6)
slope <- 0.15 * rnorm(length(person)) - 0.08 * level
age <- round(rnorm(length(person), 40, 9))
d <- do.call(rbind, lapply(1:4, function(w) data.frame(
  person, dyad, arm, age, wave = w,
  y = round(2.6 + shared + level + (slope - 0.05 - 0.15 * (arm == "program")) * (w - 1) +
              rnorm(length(person), sd = 0.35), 2),
  flat = round(2 + level + rnorm(length(person), sd = 0.5), 2))))   # no slopes, nothing shared
lost <- runif(nrow(d)) < 0.10 * (d$wave - 1)
d <- d[!lost, ]
d$dyad[d$dyad > couples] <- NA
write.csv(d, "data/change.csv", row.names = FALSE, na = "")
d$cluster <- ifelse(is.na(d$dyad), -d$person, d$dyad)

cases <- list()
add <- function(id, r_call, values, tol = 1e-9, ...) {
  cases[[length(cases) + 1]] <<- c(list(id = id, data = "data/change.csv", r_call = r_call,
                                        graded = TRUE, tol = tol), list(...), list(values = values))
}

wide <- function(last) {
  a <- d[d$wave == 1, ]; b <- d[d$wave == last, ]
  a$last <- b$y[match(a$person, b$person)]
  names(a)[names(a) == "y"] <- "first"
  a[!is.na(a$last), ]
}
spread <- function(influence, cluster) {
  g <- length(unique(cluster)); sums <- tapply(influence, cluster, sum)
  sqrt(g / (g - 1) * sum(sums^2)) / length(influence)
}
paired <- function(x, last, clustered) {
  cluster <- if (clustered) x$cluster else x$person
  change <- x$last - x$first; n <- length(change); g <- length(unique(cluster))
  fit <- lm(change ~ 1)
  se <- sqrt(vcovCL(fit, cluster = cluster)[1, 1])
  if (!clustered) {
    test <- t.test(x$last, x$first, paired = TRUE)
    stopifnot(abs(test$stderr - se) < 1e-12, abs(test$statistic - mean(change) / se) < 1e-9)
  }
  m <- mean(change); e <- change - m; q <- qt(.975, g - 1)
  over <- function(square, bend) {
    s <- sqrt(square); i <- e / s - m / (2 * s^3) * bend; h <- q * spread(i, cluster)
    c(m / s, m / s - h, m / s + h)
  }
  bend <- function(v) { r <- (v - mean(v))^2 * n / (n - 1); r - mean(r) }
  list(last = last, n = n, clusters = g, mean_first = mean(x$first), mean_second = mean(x$last),
       difference = m, se = se, low = m - q * se, high = m + q * se, t = m / se, df = g - 1,
       p = 2 * pt(-abs(m / se), g - 1), dz = over(var(change), bend(change)),
       d_pre = over(var(x$first), bend(x$first)),
       d_av = over((var(x$first) + var(x$last)) / 2, (bend(x$first) + bend(x$last)) / 2))
}
for (last in c(2, 4)) for (one in c("program", "waitlist")) for (clustered in c(TRUE, FALSE)) {
  x <- wide(last); x <- x[x$arm == one, ]
  add(sprintf("two_waves.%s.wave%d.%s", one, last, if (clustered) "dyads" else "people"),
      if (clustered) "lm(last - first ~ 1), sandwich::vcovCL; standardised: hand"
      else "t.test(paired = TRUE); standardised: hand",
      paired(x, last, clustered), arm = one, last = last, clustered = clustered)
}

against <- function(x, method, controls) {
  x$treated <- as.numeric(x$arm == "program")
  form <- if (method == "ancova") "last ~ treated + first" else "I(last - first) ~ treated"
  if (controls) form <- paste(form, "+ age")
  fit <- lm(as.formula(form), x)
  se <- sqrt(vcovCL(fit, cluster = x$cluster, type = "HC1")["treated", "treated"])
  g <- length(unique(x$cluster)); df <- g - length(coef(fit)); b <- coef(fit)[["treated"]]
  v <- tapply(x$first, x$treated, var); n <- table(x$treated)
  sd <- sqrt(sum((n - 1) * v) / (sum(n) - 2)); small <- 1 - 3 / (4 * (sum(n) - 2) - 1)
  if (method == "change" && !controls) {              # Morris (2008), equations 8 to 10
    gain <- tapply(x$last - x$first, x$treated, mean)
    stopifnot(abs(b - (gain[["1"]] - gain[["0"]])) < 1e-12)
  }
  list(n = n[["1"]], n_reference = n[["0"]], clusters = g, difference = b, se = se,
       low = b - qt(.975, df) * se, high = b + qt(.975, df) * se, t = b / se, df = df,
       p = 2 * pt(-abs(b / se), df), sd = sd, d = small * b / sd,
       slopes = unname(coef(fit)[-(1:2)]))
}
for (last in c(2, 4)) for (method in c("ancova", "change")) for (controls in c(FALSE, TRUE))
  add(sprintf("against.%s.wave%d%s", method, last, if (controls) ".age" else ""),
      "lm, sandwich::vcovCL(type = 'HC1'); d: hand (Morris 2008)",
      against(wide(last), method, controls), method = method, last = last, controls = controls)

change <- function(x, reliability) {                  # Jacobson & Truax (1991)
  sd <- sd(d$y[d$wave == 1]); error <- sd * sqrt(2) * sqrt(1 - reliability)
  rci <- (x$last - x$first) / error
  list(sd = sd, standard_error = error, critical = qnorm(.975) * error,
       increased = as.list(tapply(rci > qnorm(.975), x$arm, sum)),
       decreased = as.list(tapply(rci < -qnorm(.975), x$arm, sum)))
}
for (r in c(.7, .875)) add(sprintf("reliable.%s", r), "hand", change(wide(2), r), reliability = r)

# growth: time from the first wave
growth <- function(y, formula) {
  data <- d; data$y <- d[[y]]; data$time <- data$wave - 1
  data$treated <- as.numeric(data$arm == "program")
  fit <- suppressMessages(lmer(formula, data, REML = TRUE, control = lmerControl(
    optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhoend = 1e-10, rhobeg = 1e-2))))
  b <- summary(fit)$coefficients
  v <- VarCorr(fit)
  list(terms = rownames(b), estimate = unname(b[, 1]), se = unname(b[, 2]), n = nrow(data),
       level = v$person[1, 1], slope = v$person[2, 2], covariance = v$person[1, 2],
       cluster = if (is.null(v$cluster)) NA else v$cluster[1, 1], residual = sigma(fit)^2,
       singular = isSingular(fit, tol = 1e-3))
}
couples <- y ~ time * treated + (1 + time | person) + (1 | cluster)
people <- y ~ time * treated + (1 + time | person)
for (y in c("y", "flat")) for (dyads in c(TRUE, FALSE))
  add(sprintf("growth.%s.%s", y, if (dyads) "couples" else "people"), "lme4::lmer(REML = TRUE)",
      tol = 1e-5, growth(y, if (dyads) couples else people), dyads = dyads, items = y)

meta <- list(about = "Expected values for tests/reference, written by change.R",
             R = R.version.string,
             packages = lapply(c(sandwich = "sandwich", lme4 = "lme4"),
                               function(p) as.character(packageVersion(p))))
lines <- vapply(cases, toJSON, "", auto_unbox = TRUE, digits = 15, na = "null")
writeLines(c(paste0("{\"meta\": ", toJSON(meta, auto_unbox = TRUE), ", \"cases\": ["),
             paste(lines, collapse = ",\n"), "]}"), "change.json")
