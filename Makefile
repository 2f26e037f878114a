# The commands people type. Everything they need beyond Rust, Python 3.11, a C compiler, OpenSSL, Node.js and Chromium
# is installed by them, inside this folder.

.PHONY: up down test aws-up aws-down bench

# A running server, and a conversation on it.
up:
	deploy/up.sh

down:
	deploy/down.sh

# All tests.
test:
	deploy/test.sh

# The same functions in a local AWS.
aws-up:
	deploy/aws-up.sh

aws-down:
	deploy/aws-down.sh

# Side by side with others; takes about an hour on a quiet machine.
bench:
	bench/run.sh
