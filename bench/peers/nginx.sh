#!/bin/bash
# nginx as Debian packages it: a plain file server that takes PUT, its files under the run directory.
. "$(dirname "$0")/lib.sh"
NAME=nginx PORT=15380
ARGS="http://127.0.0.1:$PORT"

spawn() {
  mkdir -p "$RUN/$NAME/files" "$RUN/$NAME/tmp"
  cat >"$RUN/$NAME/nginx.conf" <<CONF
daemon off;
pid $RUN/$NAME/nginx.pid;
error_log $RUN/$NAME/error.log;
worker_processes 2;
user root;
events {}
http {
  access_log off;
  client_max_body_size 0;
  client_body_temp_path $RUN/$NAME/tmp;
  proxy_temp_path $RUN/$NAME/tmp/proxy;
  fastcgi_temp_path $RUN/$NAME/tmp/fastcgi;
  uwsgi_temp_path $RUN/$NAME/tmp/uwsgi;
  scgi_temp_path $RUN/$NAME/tmp/scgi;
  sendfile on;
  server {
    listen 127.0.0.1:$PORT;
    root $RUN/$NAME/files;
    dav_methods PUT;
  }
}
CONF
  run /usr/sbin/nginx -c "$RUN/$NAME/nginx.conf"
}

peer_main "$@"
