"""Classifies the images of a list with Spark, into Parquet: one process of Apus for each partition.

    spark-submit --py-files apus_worker.py spark_parquet.py model.safetensors photos.txt predictions [PARTITIONS]

The list has one path per line, as all workers see it. For one process per machine, which uses all its processors, set
spark.task.cpus to the number of processors of an executor.
"""

import sys

from pyspark.sql import SparkSession


def main():
    model, paths, output = sys.argv[1:4]

    def predict(batches):
        import pyarrow
        from apus_worker import Apus

        text = pyarrow.string()
        columns = {"file": text, "label": text, "probability": pyarrow.float64(), "error": text}
        with Apus(model) as apus:
            for batch in batches:
                answers = apus.predict(batch["value"].to_pylist())
                yield pyarrow.RecordBatch.from_pylist(answers, pyarrow.schema(columns))

    spark = SparkSession.builder.appName("apus").getOrCreate()
    table = spark.read.text(paths).filter("length(trim(value)) > 0")
    # Several partitions for each worker: one that is lost repeats little.
    table = table.repartition(int(sys.argv[4]) if len(sys.argv) > 4 else 4 * spark.sparkContext.defaultParallelism)
    table = table.mapInArrow(predict, "file string, label string, probability double, error string")
    table.write.mode("overwrite").parquet(output)
    spark.stop()


main()
