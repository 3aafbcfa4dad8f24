// Label in three steps: prepare the photos, label a random test set, then let the queue and the trays lead.

import { api } from './api.js';
import { mountDesk, mountTray } from './desk.js';
import { store } from './store.js';
import { announce, classDot, emptyState, h, icon, iconButton, progressBar, toast, toastError } from './ui.js';
import { formatDuration, formatNumber, formatPercent, t } from './words.js';

const steps = ['prepare', 'test', 'learn'];
let isWithoutTest = false;
let isBannerClosed = false;
let isTray = false;

export function mount(container) {
    let status = null, step = null, inner = null, shown = '', ahead = 0, turn = 0, timer = 0, isGone = false;

    const stepButtons = steps.map(each => h('button', { type: 'button', disabled: true, onclick: () => go(each) }, t(`label.step.${each}`)));
    const list = h('ol', { class: 'steps', 'aria-label': t('label.steps') }, stepButtons.map(button => h('li', {}, button)));
    const progress = h('dd', { dataset: { testid: 'label-progress' } });
    const progressName = h('dt', {});
    const accuracy = h('dd', { dataset: { testid: 'label-accuracy' } });
    const facts = h('dl', { class: 'label-facts' }, h('div', {}, progressName, progress), h('div', {}, h('dt', {}, t('label.accuracy')), accuracy));
    const banner = h('div', { class: 'label-banner', role: 'status', hidden: true });
    const tabs = h('div', { class: 'tabs-line', hidden: true });
    const body = h('div', { class: 'label-body' });
    container.append(h('header', { class: 'label-head' }, h('h1', {}, t('label.title')), list, facts), tabs, body);

    const featureJob = () => store.state.jobs.find(each => each.kind === 'features' && (each.state === 'running' || each.state === 'waiting'));
    const isPrepared = () => Boolean(store.state.features?.total) && store.state.features.done >= store.state.features.total;
    const isTested = () => status.test.total > 0 && status.test.done >= status.test.total;
    const current = () => store.state.classes.length < 2 || !isPrepared() && !featureJob() && status.labeled === 0 ? 'prepare' : !isWithoutTest && !isTested() ? 'test' : 'learn';

    async function refresh() {
        const mine = turn += 1;
        await store.settled();
        const counted = ahead;
        let answer;
        try { answer = await api.get('label/status'); } catch (error) { if (error.code !== 'offline') toastError(error); return; }
        if (isGone || mine !== turn) return;
        status = answer;
        // Labels that came since are not in the answer.
        ahead -= counted;
        // What an undo takes away, such as the test set, changes what the step shows.
        if (step === null) go(current()); else if (shown !== content()) go(step); else drawHead();
    }
    const refreshSoon = () => { timer ||= setTimeout(() => { timer = 0; refresh(); }, 200); };

    /** What the step shows now. */
    const content = () => store.readOnly ? 'readOnly' : !store.state.counts.photos ? 'empty' : step === 'test' && !status.test.total ? 'draw' : step === 'learn' && isTray ? 'tray' : step;

    function go(next) {
        step = next;
        shown = content();
        inner?.unmount();
        inner = null;
        body.replaceChildren();
        drawHead();
        drawTabs();
        if (shown === 'readOnly') {
            body.append(emptyState({ name: 'info', title: t('app.readOnly'), text: t('label.readOnly') }));
        } else if (shown === 'empty') {
            body.append(emptyState({ name: 'image', title: t('label.needPhotos'), actions: [h('a', { class: 'button primary', href: '#/data' }, t('label.toData'))] }));
        } else if (shown === 'prepare') inner = mountPrepare();
        else if (shown === 'draw') inner = mountDraw();
        else if (shown === 'tray') inner = mountTray(body, { onlabel });
        else inner = mountDesk(body, { mode: step, onlabel, onend });
    }

    function onlabel(delta) { ahead += delta; drawHead(); }

    /** The desk is empty. False: another step follows. */
    function onend(skipped) {
        if (step !== 'test' || skipped) return true;
        toast(t('label.test.done'));
        go('learn');
        return false;
    }

    function drawHead() {
        const done = { prepare: isPrepared() && store.state.classes.length > 1, test: isTested(), learn: false };
        // The buttons stay the same, so that one of them keeps the focus.
        steps.forEach((each, index) => {
            const button = stepButtons[index];
            button.classList.toggle('is-done', done[each]);
            if (each === step) button.setAttribute('aria-current', 'step'); else button.removeAttribute('aria-current');
            button.disabled = each !== 'prepare' && store.state.classes.length < 2;
            button.replaceChildren(h('span', { class: 'step-number', 'aria-hidden': 'true' }, done[each] ? icon('check') : formatNumber(index + 1)),
                t(`label.step.${each}`), ...done[each] ? [h('span', { class: 'hidden' }, `(${t('label.done')})`)] : []);
        });
        const { counts } = store.state;
        const isTest = step === 'test';
        progressName.textContent = t(isTest ? 'label.step.test' : 'label.labels');
        progress.textContent = isTest ? t('job.progress', { done: Math.min(status.test.total, status.test.done + ahead), total: status.test.total })
            : t('label.progress', { labeled: status.labeled + ahead, left: Math.max(0, counts.photos - counts.unreadable - status.labeled - ahead) });
        const fraction = status.head?.accuracy;
        accuracy.replaceChildren(...fraction ? [formatPercent(fraction.value), ' ', h('span', { class: 'soft' }, t('label.interval', { low: formatPercent(fraction.low, 0), high: formatPercent(fraction.high, 0), count: fraction.count }))] : ['–']);
        accuracy.title = fraction ? '' : t('label.noAccuracy');
        facts.hidden = !['test', 'learn', 'tray'].includes(shown);
        banner.hidden = !status.ready || isBannerClosed;
        if (!banner.hidden && !banner.childElementCount) banner.append(icon('check'), h('p', {}, t('label.ready')), h('a', { class: 'button primary', href: '#/train' }, t('label.train')), iconButton('close', t('close'), { onclick: () => { isBannerClosed = true; banner.hidden = true; } }));
    }

    function drawTabs() {
        tabs.hidden = shown !== 'learn' && shown !== 'tray';
        const tab = value => h('button', { type: 'button', 'aria-pressed': isTray === value, dataset: { testid: value ? 'label-trays' : 'label-single' }, onclick: () => { isTray = value; go('learn'); } }, t(value ? 'label.learn.tray' : 'label.learn.single'));
        tabs.replaceChildren(h('div', { class: 'segmented', role: 'group', 'aria-label': t('label.step.learn') }, tab(false), tab(true)), banner);
    }

    // Step 1: features, and names for the classes while they are computed

    function mountPrepare() {
        const bar = progressBar(t('label.prepare.title'));
        const text = h('p', {});
        let wasDone = isPrepared();
        const start = h('button', { type: 'button', class: 'primary large', dataset: { testid: 'label-prepare' }, onclick: async () => {
            start.disabled = true;
            try { await api.post('label/prepare', {}); await store.refresh(); } catch (error) { toastError(error); } finally { start.disabled = false; draw(); }
        } });
        const row = h('div', { class: 'row' }, start);
        const names = h('ul', { class: 'class-names' });
        const input = h('input', { type: 'text', maxlength: 200, autocomplete: 'off', placeholder: t('label.classes.placeholder'), 'aria-label': t('label.classes.placeholder'), dataset: { testid: 'label-new-class' } });
        const form = h('form', { class: 'row', onsubmit: async event => {
            event.preventDefault();
            const name = input.value.trim();
            if (!name) return;
            input.value = '';
            try { await store.edit({ kind: 'addClass', name }); } catch (error) { input.value = name; toastError(error); }
            input.focus();
        } }, input, h('button', { type: 'submit' }, icon('plus'), t('label.classes.add')));
        const next = h('button', { type: 'button', class: 'large', onclick: () => go(current() === 'prepare' ? 'test' : current()) }, t('label.continue'), icon('right'));
        const hint = h('p', { class: 'note' }, t('label.needClasses'));
        body.append(h('div', { class: 'label-card' },
            h('section', {}, h('h2', {}, t('label.prepare.title')), h('p', {}, t('label.prepare.text')), bar, text, row),
            h('section', {}, h('h2', {}, t('label.classes.title')), h('p', {}, t('label.classes.text')), names, store.readOnly ? null : form),
            h('section', {}, h('div', { class: 'row' }, next), hint)));

        function draw() {
            const { features, counts, classes } = store.state;
            const job = featureJob();
            const isDone = isPrepared();
            const left = features ? features.total - features.done : counts.photos;
            bar.hidden = !job;
            text.hidden = !job && !isDone;
            row.hidden = Boolean(job) || isDone || store.readOnly;
            start.textContent = t('label.prepare.action', { count: left });
            text.className = isDone ? 'ready' : '';
            if (job) {
                bar.set(job.total && job.state === 'running' ? job.done / job.total : null);
                text.textContent = [t('label.prepare.running', { done: job.done, total: job.total ?? left }), job.secondsLeft !== null && job.secondsLeft !== undefined ? t('job.left', { time: formatDuration(job.secondsLeft) }) : job.message].filter(Boolean).join(' · ');
            } else if (isDone) {
                const words = t('label.prepare.done', { count: features.total, network: features.network });
                text.replaceChildren(icon('check'), words);
                if (!wasDone) announce(words);
                wasDone = true;
            }
            names.replaceChildren(...classes.map((each, index) => h('li', {}, classDot(index), h('bdi', {}, each.name))));
            names.hidden = !classes.length;
            const isReady = classes.length > 1 && (isDone || Boolean(job));
            next.disabled = classes.length < 2;
            next.classList.toggle('primary', isReady);
            hint.hidden = classes.length > 1;
        }
        draw();
        const ends = [store.on('state', draw), store.on('job', draw)];
        return { unmount() { for (const end of ends) end(); } };
    }

    // Step 2: a random test set, drawn before the first label

    function mountDraw() {
        const { counts } = store.state;
        const most = Math.max(1, counts.photos - counts.test - counts.unreadable);
        const input = h('input', { type: 'number', min: 1, max: most, step: 1, value: String(Math.max(1, Math.min(most, status.suggestedTest))), required: true });
        const form = h('form', { class: 'row', onsubmit: async event => {
            event.preventDefault();
            try {
                await api.post('label/test', { count: Number(input.value) });
                store.refresh().catch(() => {});
                status = await api.get('label/status');
                if (!isGone) go('test');
            } catch (error) { toastError(error); }
        } }, h('label', { class: 'field' }, h('span', {}, t('label.test.count')), input), h('button', { type: 'submit', class: 'primary', dataset: { testid: 'label-draw-test' } }, t('label.test.action')),
        h('button', { type: 'button', class: 'quiet', onclick: () => { isWithoutTest = true; go('learn'); } }, t('label.test.skip')));
        body.append(h('div', { class: 'label-card' }, h('section', {}, h('h2', {}, t('label.test.title')), h('p', {}, t('label.test.text')), form)));
        return { unmount() {} };
    }

    const ends = [
        store.on('change', change => { if (change.kinds.some(kind => ['photos', 'classes', 'head', 'features'].includes(kind))) refreshSoon(); }),
        store.on('state', () => { if (status) drawHead(); }),
    ];
    refresh();
    return { unmount() { isGone = true; clearTimeout(timer); inner?.unmount(); for (const end of ends) end(); } };
}
