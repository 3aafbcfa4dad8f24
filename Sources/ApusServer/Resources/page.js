'use strict';

const part = Object.fromEntries([...document.querySelectorAll('[id]')].map(element => [element.id, element]));

const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
};

let models = [];
let file = null;
let stream = null;
let request = null;

// Numbers and sizes for people.

const percent = value => {
    const text = (value * 100).toFixed(1);
    if (text === '0.0' && value > 0) return '< 0.1 %';
    return `${text === '100.0' && value < 1 ? '> 99.9' : text} %`;
};
const milliseconds = value => value < 9.95 ? `${value.toFixed(1)} ms` : `${Math.round(value).toLocaleString('en')} ms`;
const sentence = text => text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith('.') ? '' : '.');
const bytes = count => count < 1e6 ? `${Math.max(1, Math.round(count / 1e3))} kB` : `${(count / 1e6).toFixed(1)} MB`;

// Requests.

class Problem extends Error {
    constructor(message, status, canRepeat) {
        super(message);
        Object.assign(this, { status, canRepeat });
    }
}

async function ask(path, options = {}) {
    const key = sessionStorage.getItem('apus-key');
    const headers = { Accept: 'application/json', ...options.headers, ...key && { Authorization: `Bearer ${key}` } };
    let response, text;
    try {
        response = await fetch(path, { ...options, headers, cache: 'no-store' });
        text = await response.text();
    } catch (error) {
        if (error.name === 'AbortError') throw error;
        throw new Problem('The server does not answer. Check the connection, then try again.', 0, true);
    }
    let answer = null;
    try { answer = JSON.parse(text); } catch { /* A proxy may answer with a page. */ }
    if (response.ok && answer !== null) return answer;
    let message = answer?.error ? sentence(answer.error) : `The server answered with status ${response.status}.`;
    const seconds = Number(response.headers.get('Retry-After'));
    if (seconds > 0) message += ` Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
    throw new Problem(message, response.status, [0, 408, 429, 500, 502, 503, 504].includes(response.status));
}

function fail(error, repeat) {
    if (error.name === 'AbortError') return;
    if (error.status === 401) return askForKey();
    part['problem-text'].textContent = error.message;
    part.again.hidden = !error.canRepeat;
    part.again.onclick = repeat;
    part.problem.hidden = false;
}

function askForKey() {
    const isWrong = sessionStorage.getItem('apus-key') !== null;
    sessionStorage.removeItem('apus-key');
    part['key-note'].textContent = isWrong
        ? 'The server does not know this key. Check it, then try again.'
        : 'This server answers with a key only. The key stays in this tab until you close it.';
    part['key-form'].hidden = false;
    part.key.select();
    part.key.focus();
}

part['key-form'].addEventListener('submit', async event => {
    event.preventDefault();
    sessionStorage.setItem('apus-key', part.key.value.trim());
    part['key-form'].hidden = true;
    await load();
    if (file && model()?.state === 'ready') classify();
});

// Models.

const model = () => models[part.model.selectedIndex] ?? models[0];
const address = one => `v1/models/${encodeURIComponent(one.name)}/versions/${encodeURIComponent(one.version)}`;

async function load() {
    part.problem.hidden = true;
    try {
        models = (await ask('v1/models')).models;
    } catch (error) {
        return fail(error, load);
    }
    const hasVersions = new Set(models.map(one => one.name)).size < models.length;
    const selected = part.model.value;
    part.model.replaceChildren(...models.map(one => make('option', {
        value: `${one.name} ${one.version}`, textContent: hasVersions ? `${one.name}, version ${one.version}` : one.name,
    })));
    if (selected) part.model.value = selected;
    if (part.model.selectedIndex < 0) part.model.selectedIndex = Math.max(0, models.findIndex(one => one.state === 'ready'));
    part['model-row'].hidden = models.length < 2;
    describe();
}

function describe() {
    const shown = model();
    if (!shown) return fail(new Problem('This server has no models.', 200, false));
    document.title = part.title.textContent = shown.name;
    part.about.hidden = !shown.classes;
    if (shown.classes) return describeClasses(shown);
    part.lead.textContent = '';
    if (shown.state === 'failed') {
        return fail(new Problem(`The model could not be loaded: ${shown.message}.`, 503, true), load);
    }
    fail(new Problem('The model is loading.', 503, false));
    setTimeout(async () => {
        if (model() !== shown) return;
        await load();
        if (file && model()?.state === 'ready') classify();
    }, 2000);
}

function describeClasses(shown) {
    const names = shown.displayNames ?? shown.classes;
    const count = shown.classes.length.toLocaleString('en');
    part.lead.textContent = (shown.isMultiLabel ? `Shows which of ${count} classes are on a photo` : `Classifies a photo as one of ${count} classes`)
        + (names.length <= 4 ? `: ${names.join(', ')}.` : '.');
    const { resizeShortSide, cropSize, interpolation } = shown.preprocessing;
    const facts = [
        ['Network', shown.architecture], ['Version', shown.version],
        ['Preprocessing', `resized to ${resizeShortSide} pixels (${interpolation}), center crop of ${cropSize} × ${cropSize}`],
        ['Validation accuracy', shown.metrics && percent(shown.metrics.validationAccuracy)],
        ['Rejected as unknown', shown.unknownThreshold && `below ${percent(shown.unknownThreshold)}`],
        ['Engine', shown.engine],
    ];
    part.facts.replaceChildren(...facts.filter(([, value]) => value).map(([term, value]) =>
        make('div', {}, make('dt', { textContent: term }), make('dd', { textContent: value }))));
    part['classes-title'].textContent = `${count} classes`;
    part.classes.replaceChildren(...names.map((name, index) => make('li', { textContent: name },
        ...name === shown.classes[index] ? [] : [make('span', { className: 'note', textContent: shown.classes[index] })])));
    part['filter-row'].hidden = names.length <= 30;
    part.filter.value = '';
    part['filter-count'].textContent = '';
}

part.model.addEventListener('change', () => {
    part.problem.hidden = part.answer.hidden = true;
    describe();
    if (file && model().state === 'ready') classify();
});

part.filter.addEventListener('input', () => {
    const query = part.filter.value.trim().toLowerCase();
    const items = [...part.classes.children];
    for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(query);
    const shown = items.filter(item => !item.hidden).length;
    part['filter-count'].textContent = query ? `${shown} of ${items.length}` : '';
});

// Classification. A new photo replaces a request that is still running.

async function classify() {
    request?.abort();
    const own = request = new AbortController();
    part.problem.hidden = true;
    part.work.classList.add('busy');
    part.status.textContent = 'Classifying the photo.';
    const start = performance.now();
    try {
        const answer = await ask(`${address(model())}/classify?top=5`, {
            method: 'POST', body: file, signal: own.signal,
            headers: { 'Content-Type': file.type.startsWith('image/') ? file.type : 'application/octet-stream' },
        });
        show(answer, performance.now() - start);
    } catch (error) {
        if (error.name !== 'AbortError') {
            part.answer.hidden = true;
            part.status.textContent = '';
        }
        fail(error, classify);
    } finally {
        if (request === own) part.work.classList.remove('busy');
    }
}

function show(answer, roundTrip) {
    const name = one => one.name ?? one.label;
    const isMultiLabel = answer.labels !== undefined;
    const limit = model().unknownThreshold;
    const labels = isMultiLabel ? answer.names ?? answer.labels : [name(answer)];
    const chosen = new Set(isMultiLabel ? answer.labels : answer.unknown ? [] : [answer.label]);
    part.answer.classList.toggle('unknown', answer.unknown === true);
    part['verdict-kind'].textContent = answer.unknown ? 'Rejected' : isMultiLabel ? 'On the photo' : 'Most probable class';
    part.verdict.textContent = answer.unknown ? 'Unknown' : labels.join(', ') || 'None of the classes';
    let note = '';
    if (answer.unknown) {
        note = `The model rejects this photo as unknown. The most probable class, ${name(answer)}, has `
            + `${percent(answer.probability)}${limit ? `; the model accepts from ${percent(limit)}` : ''}.`;
    } else if (isMultiLabel) {
        note = 'Classes with more than 50 %.';
    }
    part['verdict-note'].textContent = note;
    part['verdict-note'].hidden = note === '';
    part.bars.replaceChildren(...answer.top.map(candidate => {
        // The mark of the threshold is shown where the text explains it.
        const bar = make('div', { className: answer.unknown && limit && candidate.label === answer.label ? 'bar limited' : 'bar' });
        bar.style.setProperty('--value', candidate.probability);
        bar.style.setProperty('--limit', limit ?? 0);
        return make('li', { className: chosen.has(candidate.label) ? 'chosen' : '' },
            make('span', { textContent: name(candidate) }), make('b', { textContent: percent(candidate.probability) }), bar);
    }));
    const times = [['on the server', milliseconds(answer.milliseconds)], ['round trip', milliseconds(roundTrip)], ['file', bytes(file.size)]];
    part.times.replaceChildren(...times.map(([term, value]) =>
        make('div', {}, make('dt', { textContent: term }), make('dd', { textContent: value }))));
    part.answer.hidden = false;
    part.status.textContent = answer.unknown ? note : `${part.verdict.textContent}: ${percent(answer.probability)}.`;
}

// Photos: chosen, dropped, pasted, or from the camera.

function use(files) {
    if (files.length === 0) return;
    stopCamera();
    file = files[0];
    URL.revokeObjectURL(part.preview.src);
    part.preview.src = URL.createObjectURL(file);
    part.preview.alt = file.name ? `The photo ${file.name}` : 'The photo';
    part.preview.hidden = false;
    part.invitation.hidden = true;
    part.zone.classList.add('filled');
    part['file-note'].textContent = (files.length > 1 ? `The first of ${files.length} files: ` : '') + (file.name || 'Photo');
    if (model()?.state === 'ready') classify();
}

part.preview.addEventListener('load', () => {
    part['file-note'].textContent += `, ${part.preview.naturalWidth} × ${part.preview.naturalHeight} pixels`;
});
part.preview.addEventListener('error', () => {
    part.preview.hidden = true;
    part.invitation.hidden = false;
    part.zone.classList.remove('filled');
    part['file-note'].textContent += '. The browser cannot show this file.';
});

part.choose.addEventListener('click', () => part.file.click());
part.zone.addEventListener('click', () => { if (!stream) part.file.click(); });
part.file.addEventListener('change', () => {
    use([...part.file.files]);
    part.file.value = '';
});

addEventListener('dragover', event => {
    event.preventDefault();
    document.body.classList.add('drag');
});
addEventListener('dragleave', event => { if (!event.relatedTarget) document.body.classList.remove('drag'); });
addEventListener('drop', event => {
    event.preventDefault();
    document.body.classList.remove('drag');
    use([...event.dataTransfer.files]);
});
addEventListener('paste', event => {
    const files = [...event.clipboardData.files];
    if (files.length) event.preventDefault();
    use(files);
});

// The camera. Browsers allow it on this machine and with TLS.

function showCamera(isOn) {
    part.video.hidden = part.shoot.hidden = part.stop.hidden = !isOn;
    part.choose.hidden = part.camera.hidden = isOn;
    part.preview.hidden = isOn || !file;
    part.invitation.hidden = isOn || file !== null;
    part.zone.classList.toggle('filled', isOn || file !== null);
}

function stopCamera() {
    if (!stream) return;
    for (const track of stream.getTracks()) track.stop();
    stream = part.video.srcObject = null;
    showCamera(false);
}

part.camera.hidden = !(isSecureContext && navigator.mediaDevices?.getUserMedia);
part.camera.addEventListener('click', async () => {
    part.problem.hidden = true;
    try {
        stream = await navigator.mediaDevices.getUserMedia({
            audio: false, video: { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } },
        });
        part.video.srcObject = stream;
        showCamera(true);
        await part.video.play();
        part.shoot.focus();
    } catch (error) {
        stopCamera();
        fail(new Problem(error.name === 'NotAllowedError'
            ? 'The browser does not allow this page to use the camera. Allow it in the settings of the page.'
            : 'There is no camera, or another program uses it.', 0, false));
    }
});
part.stop.addEventListener('click', () => {
    stopCamera();
    part.camera.focus();
});
part.shoot.addEventListener('click', () => {
    const canvas = make('canvas', { width: part.video.videoWidth, height: part.video.videoHeight });
    canvas.getContext('2d').drawImage(part.video, 0, 0);
    canvas.toBlob(blob => {
        use([new File([blob], 'camera.jpg', { type: 'image/jpeg' })]);
        part.camera.focus();
    }, 'image/jpeg', 0.95);
});
addEventListener('pagehide', stopCamera);

load();
