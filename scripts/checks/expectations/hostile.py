"""The expectations for hostile inputs."""

import hashlib, os, resource, shutil, signal, socket, subprocess, sys, threading, time

from expectations.context import Skip, case


@case('hostile/pad_without_pads.onnx')
def pad_without_pads(c):
    result = c.run('predict', c.hostile('pad_without_pads.onnx'), os.path.join(c.base(), 'red/1.png'))
    c.check(result.failed and 'pad_without_pads.onnx' in result.err, 'an error that names the file, no crash', result)


@case('hostile/crop20000.safetensors')
def crop20000(c):
    result = c.run('predict',
                   c.hostile('crop20000.safetensors'),
                   os.path.join(c.base(), 'red/1.png'),
                   limits=[(resource.RLIMIT_AS, 12 << 30)])
    c.check(result.failed and 'crop20000.safetensors' in result.err, 'an error that names the file', result)
    c.check(result.peak < 2 << 30, f'within 2 GB of memory, not {result.peak >> 20} MB')


@case('hostile/esc.safetensors')
def escapes(c):
    for arguments in ([], ['--format', 'csv'], ['--format', 'json'], ['--top', '2']):
        result = c.run('predict', c.hostile('esc.safetensors'), os.path.join(c.base(), 'red/1.png'), *arguments)
        c.check(result.ended and b'\x1b' not in result.raw,
                f'{arguments}: no escape sequence of a class name is printed', result)


@case('hostile/nan.safetensors')
def hostile_nan(c):
    for arguments in ([], ['--format', 'json'], ['--format', 'csv'], ['--engine', 'libtorch']):
        result = c.run('predict', c.hostile('nan.safetensors'), os.path.join(c.base(), 'red/1.png'), *arguments)
        c.check(result.failed and 'nan.safetensors' in result.err and 'classifier.0.weight' in result.err,
                f'{arguments}: an error that names file and tensor', result)


@case('hostile/external')
def external(c):
    for times in (1, 2):
        result = c.run('predict', c.hostile('external/legit.onnx'), os.path.join(c.base(), 'red/1.png'))
        c.check(result.status == 0, f'data next to an ONNX file are found, time {times}', result)


@case('hostile/arithmetic_progressive_9459.jpg')
def arithmetic_progressive(c):
    jpeg = c.hostile('arithmetic_progressive_9459.jpg')
    for number in range(24):
        shutil.copy(jpeg, c.write(f'many/{number}.jpg', ''))
    result = c.run('predict', c.model(), 'many', '--workers', '8', '--format', 'csv')
    c.check(result.ended, 'it ends by itself', result)
    c.check(result.peak < 2 << 30, f'eight workers share a budget: {result.peak >> 20} MB')


@case('hostile/weights_server.py', is_slow=True)
def weights_server(c):
    weights = os.path.join(c.cases, '..', 'data', 'weights', 'mobilenet_v2-b0353104.pth')
    if not os.path.exists(weights):
        raise Skip('no ../data/weights/mobilenet_v2-b0353104.pth next to the cases')
    modes = [
        'cut', 'cutnolen', 'wrong', 'redirfile', 'redirfilew', 'redirloop', 'redirftp', 'silent', 'silentbody', 'slow',
        'endless', 'hugelen', 'neglen', 'garbage', 'longheader', 's404', 's206', 'gzip', 'good'
    ]

    def cached(home):
        folder = os.path.join(home, 'hub', 'checkpoints')
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def fetch(mode, interrupt):
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen([sys.executable, c.hostile('weights_server.py'), mode, str(port)],
                                  stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(('127.0.0.1', port)) == 0:
                        break
                time.sleep(0.1)
            home = c.path(f'{mode}-{interrupt}')
            process = c.start('weights', 'fetch', 'mobilenet_v2', '-q',
                              env={'TORCH_HOME': home, 'APUS_WEIGHTS_MIRROR': f'http://127.0.0.1:{port}/x'})
            if interrupt:
                time.sleep(3)
                process.send_signal(signal.SIGINT)
            result = c.finish(process, seconds=30 if interrupt else 200)
        finally:
            server.kill()
            server.wait()
        files = cached(home)
        name = f'{mode}{", Ctrl-C" if interrupt else ""}'
        if interrupt:
            c.check(result.status in (1, 130), f'{name}: it ends', result)
        else:
            c.check(result.ended, f'{name}: it ends by itself within 200 seconds', result)
            c.check(result.seconds < 150, f'{name}: it took {result.seconds:.0f} seconds')
        c.check(not any('.partial' in file for file in files), f'{name}: no partial file is left: {files}')
        for file in files:
            if not file.endswith('.partial'):
                with open(os.path.join(home, 'hub', 'checkpoints', file), 'rb') as content:
                    digest = hashlib.sha256(content.read()).hexdigest()
                c.check(digest.startswith('b0353104'), f'{name}: {file} is the published file')
        if mode == 'good':
            c.check(result.status == 0 and files, f'{name}: it is downloaded', result)
        elif not files:
            c.check(result.status != 0, f'{name}: an error', result)
        c.check(result.peak < 1 << 30, f'{name}: within 1 GB of memory, not {result.peak >> 20} MB')

    threads = [
        threading.Thread(target=fetch, args=pair)
        for pair in [(mode, False) for mode in modes] + [('slow', True), ('silentbody', True)]
    ]
    for group in range(0, len(threads), 5):
        for thread in threads[group:group + 5]:
            thread.start()
        for thread in threads[group:group + 5]:
            thread.join()
