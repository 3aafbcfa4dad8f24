"""Classifies the images of a list with Ray Data, into Parquet: each actor keeps a process of Apus.

    python ray_data.py model.safetensors photos.txt predictions [ACTORS [CPUS]]

The list has one path per line, as all nodes see it. An actor takes CPUS processors (default 1). For one actor per node,
which uses all its processors, give the number of nodes and the processors of each.
"""

import sys

import pyarrow
import ray
from apus_worker import Apus

# Without types, a file in which no image has an error would have another column than the rest.
COLUMNS = pyarrow.schema({"file": pyarrow.string(), "label": pyarrow.string(), "probability": pyarrow.float64(),
                          "error": pyarrow.string()})


class Classifier:
    def __init__(self, model: str):
        self.apus = Apus(model)

    def __call__(self, batch: dict) -> pyarrow.Table:
        return pyarrow.Table.from_pylist(self.apus.predict(batch["text"]), schema=COLUMNS)


def main():
    model, paths, output = sys.argv[1:4]
    actors, processors = int((sys.argv[4:] or [1])[0]), int((sys.argv[5:] or [1])[0])
    ray.init(runtime_env={"py_modules": [__file__.replace("ray_data.py", "apus_worker.py")]})
    images = ray.data.read_text(paths).repartition(target_num_rows_per_block=256)
    answers = images.map_batches(Classifier, fn_constructor_args=[model], batch_size=256, num_cpus=processors,
                                 compute=ray.data.ActorPoolStrategy(size=actors))
    answers.write_parquet(output)


main()
