"""One encrypted file that holds the whole portal: the database and the stored documents."""
