"""LitServe with OpenVINO and Pillow, for `compare.py`: python peer_litserve.py PORT WORKERS"""

import sys

import litserve

from peer import Classifier


class API(litserve.LitAPI):
    def setup(self, device):
        self.classifier = Classifier()

    def decode_request(self, request):
        return request["image"].file.read()

    def predict(self, contents):
        return self.classifier(contents)

    def encode_response(self, output):
        return {"top": output}


if __name__ == "__main__":
    port, workers = map(int, sys.argv[1:])
    server = litserve.LitServer(API(api_path="/classify"), accelerator="cpu", workers_per_device=workers, timeout=120)
    server.run(host="127.0.0.1", port=port, log_level="warning", generate_client_file=False)
