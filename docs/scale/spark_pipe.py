"""Classifies the images of a list with Spark and no code of its own: each partition is piped through the command.

    spark-submit spark_pipe.py model.safetensors photos.txt predictions [PARTITIONS]

The list has one path per line, as all workers see it. The output is text with one line of JSON for each image.
"""

import os
import shlex
import sys

from pyspark.sql import SparkSession

model, paths, output = sys.argv[1:4]
spark = SparkSession.builder.appName("apus").getOrCreate()
context = spark.sparkContext
count = int(sys.argv[4]) if len(sys.argv) > 4 else 4 * context.defaultParallelism
images = context.textFile(paths).filter(str.strip).repartition(count)
# Without checkCode, because an unreadable image makes the status 1. If a process dies, there are too few lines.
command = shlex.join(["apus", "predict", model, "-", "--format", "json", "--top", "1", "--quiet"])
# Spark gives the process only this environment. HOME has the cache of compiled networks.
environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
images.pipe(command, environment).saveAsTextFile(output)
expected, written = images.count(), context.textFile(output).count()
spark.stop()
if expected != written:
    sys.exit(f"{written} lines for {expected} images: see the logs of the workers")
