-- nothing here; yet
/* ; */
