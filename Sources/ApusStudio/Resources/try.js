// Try: one photo, or the camera, and what a model says of it.

import { api } from './api.js';
import { store } from './store.js';
import { h, icon, openViewer } from './ui.js';
import { t, formatNumber, formatPercent } from './words.js';
import { probabilityBars } from './charts.js';
import {
    attempt, canExplain, chip, chosenRun, className, computedImage, firstPart, noModel, notice, photoButton, runPicker, sentence,
    showInstead, withModel,
} from './runs.js';

const largest = 16_000_000;

export const mount = withModel((container, params) => {
    const run = chosenRun(firstPart(params));
    container.append(h('header', { class: 'view-head' }, h('div', {}, h('h1', {}, t('try.title')), h('p', { class: 'lead' }, t('try.lead'))),
        store.state.runs.some(run => run.hasModel) && h('div', { class: 'head-actions' }, runPicker('try', run))));
    if (!run?.hasModel) {
        container.append(noModel());
        return { unmount() {} };
    }

    let stream = null, opening = null, number = 0, photo = null, address = null;
    const input = h('input', { type: 'file', accept: 'image/*', class: 'hidden', 'data-testid': 'try-input', id: 'try-file',
        onchange: () => { if (input.files[0]) take(input.files[0]); input.value = ''; } });
    const image = h('img', { alt: t('try.chosen'), hidden: true });
    const video = h('video', { muted: true, playsinline: true, hidden: true, 'aria-label': t('try.camera') });
    video.muted = true;
    const invitation = h('div', { class: 'try-invitation' }, icon('image'), h('p', {}, t('try.drop')), h('p', { class: 'soft' }, t('try.paste')));
    const heat = h('div', { class: 'try-heat', hidden: true, 'data-testid': 'try-explanation' });
    const stage = h('label', { class: 'try-stage', for: 'try-file' }, invitation, image, video);
    const choose = h('label', { class: 'button', for: 'try-file' }, icon('image'), h('span', {}, t('try.choose')));
    const camera = h('button', { type: 'button', 'data-testid': 'try-camera', onclick: () => stream ? freeze() : opening ? stopCamera() : startCamera() });
    const explain = h('button', { type: 'button', hidden: true, 'aria-pressed': 'false', onclick: toggleHeat }, icon('eye'), h('span', {}, t('try.why')));
    const rate = h('span', { class: 'soft rate' });
    const problem = h('div', {}), answer = h('div', { class: 'try-answer' });
    const said = h('div', { class: 'hidden', role: 'status' });
    container.append(h('div', { class: 'try' },
        h('div', { class: 'try-left' }, input, h('div', { class: 'try-frame' }, stage, heat),
            h('div', { class: 'try-tools' }, choose, camera, explain, rate)),
        h('div', { class: 'try-right' }, problem, answer)), said);
    drawCamera();

    // One photo.

    async function take(file) {
        stopCamera();
        await show(file);
    }

    async function show(file) {
        if (file.size > largest) return attempt(problem, () => { throw new Error(t('try.large', { size: formatNumber(largest / 1e6) })); });
        photo = file;
        URL.revokeObjectURL(address);
        address = URL.createObjectURL(file);
        image.src = address;
        // The browser may not know a format that the studio reads.
        image.onerror = () => { image.hidden = true; invitation.hidden = false; };
        image.hidden = false;
        invitation.hidden = video.hidden = true;
        hideHeat();
        const mine = ++number;
        answer.setAttribute('aria-busy', 'true');
        const prediction = await attempt(problem, () => api.post(`runs/${run.name}/predict`, file, { query: { neighbors: 6 } }));
        if (mine !== number) return;
        answer.removeAttribute('aria-busy');
        explain.hidden = !prediction || !canExplain();
        if (!prediction) return answer.replaceChildren();
        draw(prediction);
        const top = prediction.top[0];
        said.textContent = prediction.unknown ? t('try.unknown') : t('try.said', { name: top.class, probability: formatPercent(top.probability) });
    }

    function draw(prediction, isLive = false) {
        const top = prediction.top[0];
        answer.replaceChildren(
            prediction.unknown
                ? h('div', { class: 'try-unknown', 'data-testid': 'try-unknown' }, icon('warning'), h('div', {}, h('h2', {}, t('try.unknown')),
                    !isLive && h('p', {}, t('try.unknownText'))))
                : h('h2', { class: 'verdict' }, sentence(top.probability >= 0.8 ? 'try.verdict' : 'try.verdictUnsure', { name: chip(top.class) })),
            probabilityBars(prediction.top.map((one, index) => ({ name: one.class, value: one.probability, isChosen: index === 0 && !prediction.unknown })), 'try-bar'),
            !isLive && h('p', { class: 'soft' }, t('try.took', { time: formatNumber(prediction.milliseconds, 1) })) || '',
            prediction.neighbors.length > 0 && neighbors(prediction) || '');
    }

    function neighbors(prediction) {
        const photos = prediction.neighbors.map(one => one.photo);
        return h('section', { class: 'neighbors' }, h('h3', {}, t('try.neighbors')), h('p', { class: 'soft' }, t('try.neighborsText')),
            h('ul', {}, prediction.neighbors.map((one, index) => h('li', { 'data-testid': 'try-neighbor', 'data-photo': one.photo.id },
                photoButton(one.photo, { onclick: () => openViewer(photos, index, {}) }),
                h('span', { class: 'neighbor-text' }, h('bdi', {}, className(one.photo.class)), h('span', { class: 'soft' }, formatPercent(one.similarity, 0)))))));
    }

    async function toggleHeat() {
        if (!heat.hidden) return hideHeat();
        heat.hidden = false;
        explain.setAttribute('aria-pressed', 'true');
        await computedImage(heat, t('try.explanation'), signal => api.post(`runs/${run.name}/explain`, photo, { signal }));
    }

    function hideHeat() {
        heat.hidden = true;
        showInstead(heat);
        explain.setAttribute('aria-pressed', 'false');
    }

    // The camera: one frame at a time, as fast as the answers come.

    function drawCamera() {
        const isOn = stream || opening;
        camera.replaceChildren(icon(isOn ? 'stop' : 'try'), h('span', {}, t(isOn ? 'try.stop' : 'try.camera')));
        if (!stream) rate.textContent = '';
    }

    async function startCamera() {
        // The browser may ask the user first. Meanwhile a photo may be chosen, or the view be left.
        const mine = opening = {};
        drawCamera();
        const device = await attempt(problem, async () => {
            if (!navigator.mediaDevices?.getUserMedia) throw new Error(t('try.noCamera'));
            try {
                return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } });
            } catch (error) {
                if (opening !== mine) return null;
                throw new Error(t(error.name === 'NotAllowedError' ? 'try.cameraDenied' : 'try.cameraMissing'));
            }
        });
        if (opening !== mine) {
            for (const track of device?.getTracks() ?? []) track.stop();
            return;
        }
        opening = null;
        if (!device) return drawCamera();
        stream = device;
        // A camera that is unplugged.
        for (const track of device.getTracks()) track.onended = () => { if (stream === device) stopCamera(); };
        number++;
        answer.removeAttribute('aria-busy');
        video.srcObject = stream;
        video.hidden = false;
        image.hidden = invitation.hidden = explain.hidden = true;
        hideHeat();
        drawCamera();
        await video.play().catch(() => {});
        const canvas = document.createElement('canvas');
        let pace = 0, before = performance.now();
        while (stream === device) {
            const frame = await grab(canvas);
            if (!frame || stream !== device) { await new Promise(resolve => setTimeout(resolve, 100)); continue; }
            let prediction;
            try {
                prediction = await api.post(`runs/${run.name}/predict`, frame, { query: { neighbors: 0 } });
            } catch (error) {
                if (stream === device) { stopCamera(); problem.replaceChildren(notice('warning', error.message)); }
                return;
            }
            if (stream !== device) return;
            draw(prediction, true);
            const now = performance.now(), seconds = (now - before) / 1000;
            before = now;
            pace = pace ? pace * 0.85 + 0.15 / seconds : 1 / seconds;
            rate.textContent = t('try.rate', { rate: formatNumber(pace, 1) });
        }
    }

    async function grab(canvas) {
        const { videoWidth: width, videoHeight: height } = video;
        if (!width || !height) return null;
        const scale = Math.min(1, 640 / Math.max(width, height));
        canvas.width = Math.round(width * scale);
        canvas.height = Math.round(height * scale);
        canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
        return new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', 0.85));
    }

    /** Stops, and keeps the last frame as a photo, with all that is said of photos. */
    async function freeze() {
        const device = stream, frame = await grab(document.createElement('canvas'));
        if (stream !== device) return;
        stopCamera();
        if (frame) show(frame);
    }

    function stopCamera() {
        for (const track of stream?.getTracks() ?? []) track.stop();
        stream = opening = null;
        video.srcObject = null;
        video.hidden = true;
        invitation.hidden = !image.hidden;
        drawCamera();
    }

    // Drop and paste, anywhere on the page.

    const over = event => {
        if (![...event.dataTransfer?.types ?? []].includes('Files')) return;
        event.preventDefault();
        stage.classList.add('over');
    };
    const leave = event => { if (!event.relatedTarget) stage.classList.remove('over'); };
    const drop = event => {
        stage.classList.remove('over');
        const file = event.dataTransfer?.files[0];
        if (!file) return;
        event.preventDefault();
        take(file);
    };
    const paste = event => {
        const file = [...event.clipboardData?.files ?? []].find(file => file.type.startsWith('image/'));
        if (file) { event.preventDefault(); take(file); }
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return {
        unmount() {
            number++;
            stopCamera();
            URL.revokeObjectURL(address);
            document.removeEventListener('dragover', over);
            document.removeEventListener('dragleave', leave);
            document.removeEventListener('drop', drop);
            document.removeEventListener('paste', paste);
        },
    };
});
