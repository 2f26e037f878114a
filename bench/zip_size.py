#!/usr/bin/env python3
"""Size of functions as they are uploaded, a JSON line each: `zip_size.py FOLDER NAME...`"""
import io
import json
import os
import sys
import zipfile

folder, names = sys.argv[1], sys.argv[2:]
for name in names:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as upload:
        upload.write(os.path.join(folder, name), "bootstrap")
    label = "empty" if name == "empty-function" else name
    print(json.dumps({"scenario": "zip", "label": label, "bytes": archive.tell()}))
