"""The environment of the cases: their inputs, made with Python's standard library, and the command in a separate
environment."""

import csv, json, os, random, resource, shutil, struct, subprocess, sys, tempfile, time

from checks import png

PYTHON = os.environ.get('PY', sys.executable)
TINY = 'input 3x32x32\nfeatures:\nconv:8:3, batchnorm, relu, maxpool:2\nclassifier:\nlinear:classes\n'
CASES = {}


def case(name, is_slow=False):

    def register(function):
        CASES[name] = (function, is_slow)
        return function

    return register


class Skip(Exception):
    """The reason why a case is skipped."""


class Result:

    def __init__(self, status, out, err, seconds, peak):
        self.status, self.seconds, self.peak = status, seconds, peak
        self.raw = out + err
        self.out, self.err = (text.decode('utf-8', 'replace') for text in (out, err))
        self.text = self.out + self.err

    @property
    def ended(self):
        """Whether the process ended by itself: no signal, no trap, no time limit."""
        return 0 <= self.status < 124

    @property
    def failed(self):
        return self.ended and self.status != 0


class Context:
    """A case: its folder, its checks, and the command."""

    def __init__(self, binary, cases, shared, folder):
        self.binary, self.cases, self.shared, self.folder = binary, cases, shared, folder
        self.failures, self.skipped = [], []
        os.makedirs(folder, exist_ok=True)

    def check(self, condition, expectation, result=None):
        if not condition:
            detail = ''
            if result is not None:
                last = [line for line in result.text.strip().split('\n') if line][-3:]
                detail = f' [exit {result.status}: {" | ".join(last)[-400:]!r}]'
            self.failures.append(expectation + detail)
        return condition

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'wb') as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return self.path(name)

    def start(self, *arguments, cwd=None, env=None, limits=(), prefix=()):
        home = os.path.join(self.shared, 'home')
        environment = {
            name: value
            for name, value in os.environ.items() if not name.startswith(('APUS_', 'XDG_', 'TORCH_HOME', 'LD_PRELOAD'))
        }
        environment |= {'HOME': home, 'LC_ALL': 'C.UTF-8', 'OMP_WAIT_POLICY': 'passive'}
        for name, value in (env or {}).items():
            environment.pop(name, None)
            if value is not None:
                environment[name] = value

        def prepare():
            for kind, value in limits:
                resource.setrlimit(kind, (value, value))

        out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        process = subprocess.Popen([*prefix, self.binary, *arguments],
                                   cwd=cwd or self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=err, preexec_fn=prepare if limits else None)
        process.files, process.began = (out, err), time.monotonic()
        return process

    def finish(self, process, seconds=600):
        """Waits, and records the peak memory of the process."""
        peak = 0
        while True:
            try:
                process.wait(0.05)
                break
            except subprocess.TimeoutExpired:
                pass
            try:
                with open(f'/proc/{process.pid}/status') as file:
                    peak = max(peak, *(int(line.split()[1]) << 10 for line in file if line.startswith('VmHWM')), 0)
            except (OSError, TypeError):
                pass
            if time.monotonic() - process.began > seconds:
                process.kill()
                process.wait()
                process.returncode = 124
                break
        texts = []
        for file in process.files:
            file.seek(0)
            texts.append(file.read())
            file.close()
        status = process.returncode if process.returncode >= 0 else 128 - process.returncode
        return Result(status, *texts, time.monotonic() - process.began, peak)

    def run(self, *arguments, seconds=600, **options):
        return self.finish(self.start(*arguments, **options), seconds)

    # --- Inputs ---

    def base(self, name='base'):
        """A folder of 12 noisy images of each of two classes in the classes' colors, made once for all cases."""
        made = os.path.join(self.shared, 'base')
        if not os.path.exists(made):
            rng = random.Random(0)
            for label, color in (('blue', (60, 60, 200)), ('red', (200, 60, 60))):
                for number in range(12):
                    self.write(os.path.join(made, label, f'{number}.png'), noisy(64, 64, color, rng))
        if not os.path.exists(self.path(name)):
            shutil.copytree(made, self.path(name))
        return self.path(name)

    def network(self):
        return self.write('tiny.network', TINY)

    def train(self, data, *flags, model=None, start=('--fresh',), epochs=1, out=None, **options):
        """A training, by default one that takes seconds."""
        where = ['--out', out] if out else []
        common = ['--model', model or self.network(), *start, '--epochs', str(epochs), '--no-report', *where]
        return self.run('train', data, *common, *flags, **options)

    def model(self):
        """A model of two classes, made once for all cases."""
        path = os.path.join(self.shared, 'model', 'best.safetensors')
        if not os.path.exists(path):
            other = Context(self.binary, self.cases, self.shared, os.path.join(self.shared, 'made'))
            result = other.train(other.base(), '-q', out=os.path.dirname(path))
            if result.status != 0:
                raise Skip(f'no model could be trained: {result.text[-300:]}')
        return path

    def hostile(self, name):
        path = os.path.join(self.cases, 'hostile', name)
        if not os.path.exists(path):
            raise Skip(f'hostile/{name} is not in the folder')
        return path

    def labels(self, run):
        """The classes in a run's split.csv, each with its number of images; None if there is none."""
        try:
            with open(os.path.join(run, 'split.csv'), newline='', errors='surrogateescape') as file:
                rows = list(csv.DictReader(file))
        except OSError:
            return {}
        key = 'label' if rows and 'label' in rows[0] else 'labels'
        counts = {}
        for row in rows:
            counts[row.get(key)] = counts.get(row.get(key), 0) + 1
        return counts


def noisy(width, height, color, rng):
    """A PNG file of noise around a color."""
    rows = bytearray()
    for _ in range(height):
        rows.append(0)
        for _ in range(width):
            noise = rng.randrange(-60, 61)
            rows += bytes(min(255, max(0, value + noise + rng.randrange(-10, 11))) for value in color)
    return png(width, height, rows, level=1)


def read_safetensors(path):
    with open(path, 'rb') as file:
        size = struct.unpack('<Q', file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    metadata = header.pop('__metadata__', {})
    return {
        name: (entry['dtype'], entry['shape'], data[slice(*entry['data_offsets'])])
        for name, entry in header.items()
    }, metadata


def write_safetensors(path, tensors):
    header, data = {}, b''
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {'dtype': dtype, 'shape': shape, 'data_offsets': [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + data)
    return path
