"""Item response models: categories in, slopes, thresholds, information and scores out."""
