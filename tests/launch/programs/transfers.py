"""boto3: s3transfer makes three pools for each transfer, two of them of one thread."""

import hashlib
import io
import sys

import boto3
from boto3.s3.transfer import TransferConfig

MB = 1 << 20
client = boto3.client(
    "s3",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
config = TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB, max_concurrency=4)
client.create_bucket(Bucket="bucket")
data = b"".join(bytes([number]) * MB for number in range(40))
for name in ("one", "two"):
    client.upload_fileobj(io.BytesIO(data), "bucket", name, Config=config)
    loaded = io.BytesIO()
    client.download_fileobj("bucket", name, loaded, Config=config)
    same = loaded.getvalue() == data
    print(name, hashlib.sha256(loaded.getvalue()).hexdigest(), same)
