"""The expectations for the cases f01 to f16."""

import csv, json, os, random, re, resource, shutil, signal, struct, subprocess, tempfile, time

from checks import png
from expectations.context import PYTHON, case, read_safetensors, write_safetensors


@case('f01_runs_at_once.sh')
def runs_at_once(c):
    data = c.base()
    flags = ['train', data, '--model', c.network(), '--fresh', '--epochs', '1', '--no-report', '-q']
    results = [c.finish(p) for p in [c.start(*flags, '--seed', str(seed)) for seed in (1, 2, 3)]]
    folders = sorted(os.listdir(c.path('runs'))) if os.path.isdir(c.path('runs')) else []
    c.check(all(r.status == 0 for r in results), 'three trainings started together all succeed',
            next((r for r in results if r.status), results[0]))
    c.check(len(folders) == 3, f'three trainings started together create three folders, not {folders}')
    # The same folder: one run has it; the other is refused, with the process number of the first.
    same = [c.start(*flags[:6], '40', *flags[7:], '--out', 'same') for _ in range(2)]
    pids = [p.pid for p in same]
    results = [c.finish(p) for p in same]
    refused = [r for r in results if r.failed]
    if c.check(
            sorted(r.status == 0 for r in results) == [False, True],
            f'of two trainings with one --out, one is refused: {[r.status for r in results]}', results[0]):
        c.check(any(str(pid) in refused[0].text for pid in pids), 'the process that has the folder is named',
                refused[0])
    first = c.start('train', '--resume', 'same', '--epochs', '400', '-q')
    time.sleep(2)
    second = c.run('train', '--resume', 'same', '--epochs', '400', '-q')
    if first.poll() is None:
        c.check(second.failed and str(first.pid) in second.text, 'a second --resume is refused and names the process',
                second)
        first.send_signal(signal.SIGINT)
    else:
        c.failures.append('the first --resume ended at once')
    c.finish(first)
    with open(c.path('same/log.jsonl')) as file:
        records = [json.loads(line) for line in file]
    epochs = [record['epoch'] for record in records if record['event'] == 'epoch']
    c.check(len(epochs) == len(set(epochs)), 'no epoch occurs twice in log.jsonl')


@case('f02_names_of_parts.sh')
def names_of_parts(c):
    pairs = [
        'training_set:test_set', 'seg_train:seg_test', 'train_images:test_images', 'train:test1', 'train:eval',
        'train:dev', 'Train:Validate'
    ]
    base = c.base()
    for pair in pairs:
        first, second = pair.split(':')
        data = c.path('d-' + first + '-' + second)
        for part in (first, second):
            shutil.copytree(base, os.path.join(data, part))
        run = c.path('r-' + first + '-' + second)
        result = c.train(data, out=run)
        labels = set(c.labels(run))
        if result.status == 0:
            c.check(labels == {'blue', 'red'}, f'{pair}: the classes are blue and red, not {sorted(labels)}', result)
            c.check(second in result.text, f'{pair}: it reports how {second} is used', result)
        else:
            c.check(result.failed and (first in result.text or second in result.text),
                    f'{pair}: refused with advice', result)


@case('f03_label_column.sh')
def label_column(c):
    c.base()
    rows = lambda *lines: '\n'.join(lines) + '\n'
    tables = {
        'ham': (rows('image,patient,age,diagnosis', *[
            line for i in range(6) for line in (f'red/{i}.png,P1,41,melanoma', f'blue/{i}.png,P2,40,nevus')
        ]), {'melanoma', 'nevus'}, 'diagnosis'),
        'onehot': (rows('image,MEL,NV,BCC', *[
            line for i in range(4)
            for line in (f'red/{i}.png,1.0,0.0,0.0', f'blue/{i}.png,0.0,1.0,0.0', f'blue/{8 + i}.png,0.0,0.0,1.0')
        ]), {'MEL', 'NV', 'BCC'}, None),
        'id': (rows('id,image,species', *[
            line for i in range(6) for line in (f'{i},red/{i}.png,fox', f'9{i},blue/{i}.png,owl')
        ]), {'fox', 'owl'}, 'species')
    }
    for name, (text, labels, column) in tables.items():
        table = c.write(f'base/{name}.csv', text)
        run = c.path('r-' + name)
        result = c.train(table, out=run)
        found = set(c.labels(run))
        if result.status == 0:
            c.check(found == labels, f'{name}.csv: the classes are {sorted(labels)}, not {sorted(map(str, found))}',
                    result)
        else:
            c.check(
                result.failed and '--label-column' in result.text and text.split('\n')[0].split(',')[-1] in result.text,
                f'{name}.csv: an error that shows the header and the choice', result)
        if column:
            run = c.path('column-' + name)
            result = c.train(table, '--label-column', column, out=run)
            c.check(result.status == 0 and set(c.labels(run)) == labels, f'{name}.csv with --label-column {column}',
                    result)


@case('f04_outputs_in_data.sh')
def outputs_in_data(c):
    data = c.base()
    c.train('.', '-q', cwd=data)
    second = c.train('.', cwd=data)
    runs = sorted(os.listdir(os.path.join(data, 'runs'))) if os.path.isdir(os.path.join(data, 'runs')) else []
    if c.check(second.status == 0 and len(runs) == 2, 'a second training in the same folder', second):
        labels = set(c.labels(os.path.join(data, 'runs', runs[1])))
        c.check(labels == {'blue', 'red'}, f'a run in the folder of images is not a class: {sorted(map(str, labels))}')
        c.check('runs' in second.text, 'it reports that the run was left out', second)
    predict = c.run('predict', c.model(), '.', '--format', 'csv', cwd=data)
    c.check(
        predict.status == 0 and not re.search(r'^(\./)?runs/', predict.out, re.M) and predict.out.count('.png') == 24,
        'predict leaves out the images of runs', predict)
    shutil.rmtree(os.path.join(data, 'runs'), ignore_errors=True)
    c.run('data', 'show', '.', '--out', 'look.png', '-q', cwd=data)
    flat = c.train('.', '-q', cwd=data, out=c.path('r3'))
    c.check(flat.status == 0 and sum(c.labels(c.path('r3')).values()) == 24, 'a sheet among the images is left out',
            flat)


@case('f05_last_batch_of_one.sh')
def last_batch_of_one(c):
    data = c.base()
    flags = ['--head', '16,batchnorm,relu', '--strategy', 'all', '--batch-size', '6']
    plan = c.train(data, *flags, '--dry-run')
    c.check(plan.status == 0 and re.search(r'batch', plan.text), 'the plan reports the last batch', plan)
    result = c.train(data, *flags, epochs=2, out=c.path('r'))
    c.check(result.status == 0, 'a last batch of one does not end the run', result)
    result = c.run('train', '--resume', c.path('r'), '--epochs', '3', '-q')
    c.check(result.status == 0, 'the run continues', result)
    # 20 images in batches of 18, one of them unreadable.
    bad = c.base('bad')
    shutil.copy(os.path.join(bad, 'red', '1.png'), os.path.join(bad, 'red', 'extra.png'))
    more = ['--head', '16,batchnorm,relu', '--strategy', 'all', '--batch-size', '18', '-q']
    c.train(bad, *more, out=c.path('ok'))
    with open(c.path('ok/split.csv'), newline='') as file:
        rows = [row for row in csv.reader(file) if 'train' in row[1:]]
    c.write(os.path.join('bad', rows[-1][0]) if not os.path.isabs(rows[-1][0]) else rows[-1][0], 'x')
    result = c.train(bad, *more, out=c.path('notok'))
    c.check(result.status == 0, 'one unreadable image that leaves a batch of one does not end the run', result)


@case('f05_inception', is_slow=True)
def inception_batches(c):
    result = c.train(c.base(), '--batch-size', '18', '-q', model='inception_v3', out=c.path('r'), seconds=1800)
    c.check(result.status == 0, 'Inception v3 with 19 images in batches of 18', result)


@case('f06_inception_from_scratch.sh', is_slow=True)
def inception_from_scratch(c):
    for rate in ('1e-3', '1e-9'):
        flags = ['--lr', rate, '--batch-size', '32', '-q']
        result = c.train(c.base(), *flags, model='inception_v3', epochs=2, out=c.path('r' + rate), seconds=1800)
        c.check(result.status == 0, f'a fresh Inception v3 at {rate} is not reported as diverged', result)
        if result.status == 0:
            with open(c.path('r' + rate, 'log.jsonl')) as file:
                c.check('"rateTooLarge"' not in file.read(), f'two steps give no finding for a learning rate of {rate}')


@case('f07_wrapped_weights.sh')
def wrapped_weights(c):
    data = c.base()
    tensors, _ = read_safetensors(c.model())
    rename = lambda prefix, head=None: {
        (head if head is not None and name.startswith('classifier') else prefix) + name: value
        for name, value in tensors.items()
    }
    counter = {'n_averaged': ('I64', [], struct.pack('<q', 7))}

    def load(path, *flags):
        out = tempfile.mkdtemp(dir=c.folder) + '/r'
        return c.train(data, *flags, start=['--strategy', 'all', '--weights', path], out=out)

    kinds = {
        'compiled': (rename('_orig_mod.'), ['_orig_mod.']),
        'DataParallel': (rename('module.'), ['module.']),
        'model_ema': (counter | rename('module.'), ['module.']),
        'Lightning': (rename('model.'), ['model.']),
        'net': (rename('net.'), ['net.']),
        'mmpretrain': (rename('backbone.', 'head.'), ['backbone.', 'head.']),
        'combined': (rename('model._orig_mod.module.'), ['model._orig_mod.module.']),
        'inside': ({
            name.replace('features.', 'features._orig_mod.'): value
            for name, value in tensors.items()
        }, ['_orig_mod.'])
    }
    for name, (renamed, told) in kinds.items():
        result = load(write_safetensors(c.path(name + '.safetensors'), renamed))
        c.check(result.status == 0, f'{name}: the prefixes are found', result)
        c.check(all(f"'{prefix}'" in result.text for prefix in told), f'{name}: {told} is reported', result)
    two = rename('student.') | {
        'teacher.' + name: (dtype, shape, bytes(len(data)))
        for name, (dtype, shape, data) in tensors.items()
    }
    path = write_safetensors(c.path('two.safetensors'), two)
    result = load(path)
    c.check(result.failed and 'student' in result.text and 'teacher' in result.text and '--state-key' in result.text,
            'two networks in one file are an error with the choices', result)
    c.check(load(path, '--state-key', 'student').status == 0, '--state-key chooses one of them')
    few = {name: value for name, value in tensors.items() if name.endswith('0.bias')}
    path = write_safetensors(c.path('few.safetensors'), few)
    result = load(path, '--partial')
    c.check(result.failed and '--min-loaded' in result.text, '--partial with very few tensors is an error', result)
    c.check(load(path, '--partial', '--min-loaded', '0').status == 0, '--min-loaded 0 overrides it')
    # PyTorch's own formats, as other programs write them.
    maker = os.path.join(c.cases, 'make_ckpt.py')
    c.run('export', c.model(), '--format', 'pth', '--out', c.path('plain.pth'), '-q')
    if (not os.path.exists(maker)
            or subprocess.run([PYTHON, maker, c.path('plain.pth'), c.path('f')], capture_output=True).returncode):
        c.skipped.append('files that PyTorch writes (no PyTorch here)')
        return
    for name, flags in [('tv_reference.pth', ['--state-key', 'model_ema']),
                        ('ema_alone.pth', []), ('lightning.ckpt', []), ('net_prefix.pth', []), ('mmpretrain.pth', []),
                        ('compiled_ddp.pth', []), ('ddp_compiled.pth', []),
                        ('timm.pth.tar', ['--state-key', 'state_dict'])]:
        result = load(c.path('f', name), *flags)
        c.check(result.status == 0, f'{name} is loaded', result)
    for name in ('tv_reference.pth',):
        result = load(c.path('f', name))
        c.check(result.failed and '--state-key' in result.text, f'{name}: with two state dicts, neither is chosen', result)
    result = load(c.path('f', 'nan.pth'))
    c.check(result.failed and 'nan.pth' in result.text and 'features.0.weight' in result.text,
            'a weight that is NaN is named with file and tensor', result)


@case('f08_no_numbers.sh')
def no_numbers(c):
    model, data = c.hostile('nan.safetensors'), c.base()
    image = os.path.join(data, 'red', '1.png')
    shutil.copy(model, c.path('nan.safetensors'))
    model = c.path('nan.safetensors')
    for engine in ('openvino', 'libtorch'):
        for arguments in (
            ['predict', model, image], ['predict', model, image, '--format', 'json'],
            ['predict', model, image, '--format', 'csv'], ['evaluate', model, data],
            ['data', 'labels', data, '--model', model],
            ['calibrate', model, data, '--out', c.path('c.safetensors')],
            ['embed', model, data, '--out', c.path('e.csv')]):
            result = c.run(*arguments, '--engine', engine)
            c.check(result.failed and 'nan.safetensors' in result.err,
                    f'{engine}: {" ".join(arguments[:2 if arguments[0] == "data" else 1])} refuses a NaN weight',
                    result)
            c.check('nan' not in result.out.lower().replace('nan.safetensors', ''),
                    f'{engine}: {arguments[0]} prints no NaN as an answer', result)
    result = c.run('explain', model, image, '--out', c.path('x.png'))
    c.check(result.failed and 'nan.safetensors' in result.err, 'explain refuses a NaN weight', result)


@case('f09_bytes_in_names.sh')
def bytes_in_names(c):
    data = c.base('d')
    name = os.fsencode(data) + b'/red/caf\xe9.png'
    shutil.copy(os.fsencode(data) + b'/red/1.png', name)
    result = c.train('d', '-q', out='r')
    c.check(result.status == 0 and os.path.exists(c.path('r/split.csv')), 'a name that is not UTF-8 has its split.csv',
            result)
    for number in range(2, 8):
        os.remove(c.path('d/red', f'{number}.png'))
    result = c.run('train', '--resume', 'r', '--epochs', '2')
    c.check(result.failed, 'changed data are detected by --resume', result)
    listing = b'd/red/caf\xe9.png\nd/blue/1.png\nd/blue/2.png\n'
    c.write('l.txt', listing)
    result = c.run('predict', c.model(), name)
    c.check(result.status == 0, 'such a name as an argument', result)
    with subprocess.Popen([c.binary, 'predict', c.model(), '-', '--format', 'csv'],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=c.folder,
                          env=os.environ | {'HOME': os.path.join(c.shared, 'home')}) as process:
        out, err = process.communicate(listing)
    c.check(process.returncode == 0, f'such a name on standard input {err[-200:]!r}')
    c.write('two.txt', b'd/red/caf\xe9.png\nd/blue/1.png\nd/blue/2.png\n')
    result = c.run('data', 'check', 'two.txt')
    c.check(result.ended and 'UTF-8' not in result.text, 'data check reads such a list', result)


@case('f12_ending_and_format.sh')
def ending_and_format(c):
    model = c.model()
    for ending, start in (('pth', b'PK\x03\x04'), ('onnx', None), ('safetensors', None)):
        result = c.run('export', model, '--out', f'a.{ending}')
        if c.check(result.status == 0, f'export --out a.{ending}', result):
            with open(c.path('a.' + ending), 'rb') as file:
                begin = file.read(9)
            right = {
                'pth': begin[:4] == b'PK\x03\x04',
                'safetensors': begin[8:9] == b'{',
                'onnx': begin[:2] != b'PK' and begin[8:9] != b'{'
            }[ending]
            c.check(right, f'a.{ending} has the format of its name, not {begin!r}')
    result = c.run('predict', 'a.safetensors', os.path.join(c.base(), 'red/1.png'))
    c.check(result.status == 0, 'a.safetensors is a classifier', result)
    for arguments in (['--out', 'a.txt'], ['--out', 'b.pth', '--format', 'onnx'],
                      ['--out', 'b.onnx', '--format', 'pth']):
        result = c.run('export', model, *arguments)
        c.check(result.failed and not os.path.exists(c.path(arguments[1])), f'export {" ".join(arguments)} is an error',
                result)


@case('f14_system_errors_as_unreadable.sh')
def system_errors(c):
    rng = random.Random(0)
    for label in ('blue', 'red'):
        for number in range(12):
            pixels = rng.randbytes(700 * (1 + 700 * 3))
            rows = b''.join(b'\0' + pixels[i * 2100:(i + 1) * 2100] for i in range(700))
            c.write(f'd/{label}/{number}.png', png(700, 700, rows, level=0))
    for files in (10, 12, 14, 16):
        result = c.train(c.path('d'),
                         '--workers',
                         '6',
                         out=c.path(f'r{files}'),
                         limits=[(resource.RLIMIT_NOFILE, files)])
        whole = result.status == 0 and not re.search(r"\d unreadable|can't be", result.text)
        # The second message is LibTorch's own, when it seeds its random generator.
        c.check(whole or result.failed and re.search('too many open files|unable to open', result.text, re.I),
                f'{files} files at once: all images are read, or an error with the reason', result)


@case('f15_few_threads.sh')
def few_threads(c):
    model, image = c.model(), os.path.join(c.base(), 'red/1.png')
    # Below the memory that the libraries need when they load, no code of Apus runs.
    for limit in (540_000_000, 600_000_000, 614_000_000, 700_000_000, 800_000_000, 900_000_000):
        limits = [(resource.RLIMIT_AS, limit)]
        auto = c.run('predict', model, image, limits=limits, seconds=60)
        plain = c.run('predict', model, image, '--engine', 'libtorch', limits=limits, seconds=60)
        c.check(auto.ended and auto.text, f'{limit >> 20} MB of addresses: an answer or an error', auto)
        if plain.status == 0:
            c.check(auto.status == 0, f'{limit >> 20} MB of addresses: LibTorch works, so it is used', auto)
    if os.geteuid() != 0 or not shutil.which('setpriv'):
        c.skipped.append('few threads (needs root and setpriv)')
        return
    os.chmod(c.folder, 0o755)
    for folder in (c.shared, os.path.dirname(model)):
        os.chmod(folder, 0o755)
    user = str(60_000 + os.getpid() % 5000)
    for count in (2, 4, 6, 8):
        prefix = ['prlimit', f'--nproc={count}', 'setpriv', '--reuid', user, '--regid', user, '--clear-groups']
        result = c.run('predict', model, image, prefix=prefix, seconds=60, env={'HOME': c.path('home')})
        c.check(result.ended and result.text.strip(), f'{count} threads: an answer or an error, no endless wait',
                result)


@case('f16_words.sh')
def words(c):
    base = c.base()
    data = c.path('d')
    shutil.copytree(base, data)
    c.train('d', '-q', out='r')
    shutil.copy(c.path('base/red/1.png'), c.path('d/red/new.png'))
    result = c.run('train', '--resume', 'r', '--epochs', '2')
    c.check(result.failed and 'new.png' in result.text, 'an added image is named', result)
    os.remove(c.path('d/red/new.png'))
    os.rename(data, c.path('e'))
    result = c.run('train', '--resume', 'r', '--epochs', '2')
    c.check(result.failed and '--data' in result.text, 'moved data: it explains how to set the new path', result)
    result = c.run('train', '--resume', 'r', '--data', 'e', '--epochs', '2')
    c.check(result.status == 0, 'moved data: --resume RUN --data NEW continues', result)
    lines = lambda *texts: ''.join(text + '\n' for text in texts)
    tables = {
        'ids.csv': ('id,breed\n' + lines(*[x for i in range(3) for x in (f'red/{i},fox', f'blue/{i},owl')]),
                    {'fox', 'owl'}),
        'l.txt': (lines(*[x for i in range(3) for x in (f'red/{i}.png ', f'blue/{i}.png ')]), {'red', 'blue'}),
        'n.csv': (lines(*[x for i in range(3) for x in (f'red,red/{i}.png', f'blue,blue/{i}.png')]), {'red', 'blue'}),
        'w.csv': (lines(*[x for i in range(3) for x in (f'red\\{i}.png,red', f'blue\\{i}.png,blue')]), {'red', 'blue'}),
        's.csv': ('path,label\n' + lines(
            *[x for i in range(6) for x in (f'red/{i}.png,tomato healthy', f'blue/{i}.png,potato')],
            'red/7.png,"tomato; early blight"'), None)
    }
    for name, (text, labels) in tables.items():
        c.write('e/' + name, text)
        run = c.path('r-' + name.replace('.', '-'))
        result = c.train(c.path('e', name), out=run)
        found = set(c.labels(run))
        if labels:
            c.check(
                result.status == 0 and found == labels
                or result.failed and 'unreadable' not in result.text and name in result.text,
                f'{name}: read, or a specific error', result)
            if result.status == 0:
                c.check(found == labels, f'{name}: the classes are {sorted(labels)}, not {sorted(map(str, found))}',
                        result)
        else:
            c.check(
                result.failed and ';' in result.text
                or result.status == 0 and ('multi' in result.text or len(found) == 3),
                f'{name}: one semicolon does not make the data multi-label silently', result)
    shutil.copytree(base, c.path('u'))
    for number in range(6):
        c.write(f'u/c/{number}.png', 'x')
    result = c.train(c.path('u'), '-q', out=c.path('r7'))
    c.check("'c'" in result.err or ' c ' in result.err or result.failed,
            'a class without readable images gives a warning with -q', result)
    name = 'x\x1b[31m\ny'
    shutil.copytree(c.path('base/red'), c.path('c', name))
    shutil.copytree(c.path('base/blue'), c.path('c', 'z'))
    for arguments in (['data', 'check', 'c'], ['train', 'c', '--model', c.network(), '--fresh', '--dry-run'],
                      ['predict', c.model(), 'c', '--format', 'csv'],
                      ['predict', c.model(), 'c/none\x1b[31m.png']):
        result = c.run(*arguments)
        c.check(result.ended and b'\x1b[31m' not in result.raw,
                f'{arguments[0]}: no control characters of names reach a terminal', result)
    result = c.run('weights', 'list', env={'HOME': None})
    c.check(result.ended and './.cache' not in result.text, 'without HOME the account\'s home is used', result)
