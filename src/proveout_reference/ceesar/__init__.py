"""CeesarCode: an online judge, served over HTTP and configured by environment variables alone."""

VERSION = "1.0.0"
