// Use: the files of a model, the commands and lines that use it, and a server on this machine.

import { api } from './api.js';
import { store } from './store.js';
import { h, icon } from './ui.js';
import { t, formatBytes, serverText } from './words.js';
import { attempt, canEdit, chosenRun, copyable, firstPart, jobText, noModel, notice, progressBar, runPicker, throttled, withModel } from './runs.js';

export const mount = withModel((container, params) => {
    const run = chosenRun(firstPart(params));
    container.append(h('header', { class: 'view-head' }, h('div', {}, h('h1', {}, t('use.title')), h('p', { class: 'lead' }, t('use.lead'))),
        store.state.runs.some(run => run.hasModel) && h('div', { class: 'head-actions' }, runPicker('use', run))));
    if (!run?.hasModel) {
        container.append(noModel());
        return { unmount() {} };
    }

    const jobs = new Map();  // kind of file -> id of its job
    const rows = new Map();
    const problem = h('div', {}), files = h('ul', { class: 'files', 'aria-busy': 'true' }), serving = h('div', { class: 'serving' }), commands = h('div', { class: 'commands' });
    container.append(problem,
        h('section', {}, h('h2', {}, t('use.files')), files),
        h('section', {}, h('h2', {}, t('use.serve')), h('p', { class: 'soft' }, t('use.serveText')), serving),
        h('section', {}, h('h2', {}, t('use.commands')), h('p', { class: 'soft' }, t('use.commandsText')), commands));

    async function load() {
        const answer = await attempt(problem, () => api.get(`runs/${run.name}/use`));
        files.removeAttribute('aria-busy');
        if (!answer) return;
        for (const file of answer.files) {
            if (!rows.has(file.kind)) { rows.set(file.kind, fileRow(file.kind)); files.append(rows.get(file.kind).element); }
            rows.get(file.kind).update(file);
        }
        drawServing(answer.serving);
        if (commands.childElementCount === 0) {
            commands.append(...['predict', 'evaluate', 'serve', 'train', 'swift'].filter(kind => answer.commands[kind]).map(kind =>
                h('div', {}, h('h3', {}, t(`use.command.${kind}`)), copyable(answer.commands[kind], t(`use.command.${kind}`), kind))));
        }
    }

    function fileRow(kind) {
        const place = h('div', {}), name = h('span', { class: 'soft' });
        const download = h('a', { class: 'button primary', 'data-testid': 'use-download', 'data-kind': kind, download: '', href: api.url(`runs/${run.name}/files/${kind}`) },
            icon('download'), h('span', {}, t('use.download')));
        const bar = progressBar(t(`use.kind.${kind}`)), status = h('span', { class: 'soft' });
        const working = h('div', { class: 'job-line', hidden: true }, bar, status);
        const make = h('button', { type: 'button', 'data-testid': 'use-export', 'data-kind': kind, onclick: async () => {
            // Not disabled: a button that has the focus keeps it.
            if (make.ariaDisabled === 'true') return;
            make.ariaDisabled = 'true';
            working.hidden = false;
            bar.set(null);
            status.textContent = t('use.exporting');
            const answer = await attempt(place, () => api.post(`runs/${run.name}/export`, { kind }));
            if (answer) jobs.set(kind, answer.job?.id);
            else { make.ariaDisabled = null; working.hidden = true; }
        } }, t('use.export'));
        let said = '';
        const element = h('li', { class: 'file-row' },
            h('div', { class: 'file-text' }, h('b', {}, t(`use.kind.${kind}`)), h('p', { class: 'soft' }, t(`use.kind.${kind}.text`)), name),
            h('div', { class: 'file-actions' }, download, make), working, place);
        return {
            element, bar, status, fileName: null,
            update(file) {
                this.fileName = file.name;
                const hadFocus = document.activeElement === make || document.activeElement === download;
                const isRunning = file.state === 'running';
                download.hidden = file.state !== 'ready';
                make.hidden = file.state === 'ready' || !canEdit();
                make.ariaDisabled = isRunning ? 'true' : null;
                make.textContent = file.state === 'failed' ? t('use.exportAgain') : t('use.export');
                working.hidden = !isRunning;
                if (isRunning && !status.textContent) status.textContent = t('use.exporting');
                name.textContent = file.state === 'ready' ? [file.name, file.bytes && formatBytes(file.bytes)].filter(Boolean).join(' · ') : '';
                if (hadFocus) (download.hidden ? make : download).focus();
                const message = file.state === 'failed' ? serverText(file.message) ?? t('runs.failed') : file.message ?? '';
                if (said === file.state + message) return;
                said = file.state + message;
                if (file.state === 'failed') place.replaceChildren(notice('warning', message));
                else if (message) place.replaceChildren(h('p', { class: 'soft' }, message));
                else place.replaceChildren();
            },
        };
    }

    let served;
    function drawServing(now) {
        // Drawn again only if it has changed: the focus may be in it.
        if (served === (now?.url ?? null)) return;
        served = now?.url ?? null;
        const hadFocus = serving.contains(document.activeElement);
        const error = h('div', {});
        const button = h('button', { type: 'button', 'data-testid': 'use-serve', hidden: !canEdit(), onclick: async () => {
            if (button.ariaDisabled === 'true') return;
            button.ariaDisabled = 'true';
            const answer = await attempt(error, () => api.post(`runs/${run.name}/serve${now ? '/stop' : ''}`, {}));
            button.ariaDisabled = null;
            if (answer !== undefined) drawServing(now ? null : answer);
        } }, icon(now ? 'stop' : 'play'), h('span', {}, now ? t('use.stopServing') : t('use.startServing')));
        serving.replaceChildren(h('div', { class: 'serving-line' },
            h('span', { class: 'state-chip', 'data-state': now ? 'training' : 'stopped', role: 'status' }, now ? t('use.isServing') : t('use.notServing')),
            now && h('a', { href: now.url, target: '_blank', rel: 'noopener', class: 'address' }, now.url), button), error,
        now && copyable(`curl --data-binary @photo.jpg ${now.url.replace(/\/$/, '')}/classify`, t('use.curl'), 'curl') || '');
        if (hadFocus) button.focus();
    }

    const reload = throttled(700, load);
    const listeners = [
        store.on('job', job => {
            if (job.kind !== 'export' || (job.run !== run.name && ![...jobs.values()].includes(job.id))) return;
            // After a reload only the name of the file shows which export it is.
            const kind = [...jobs].find(([, id]) => id === job.id)?.[0];
            const row = rows.get(kind) ?? [...rows.values()].find(row => row.fileName === job.message);
            if (row) {
                row.bar.set(job.total ? job.done / job.total : null);
                row.status.textContent = jobText(job);
            }
            if (job.state !== 'running' && job.state !== 'waiting') reload();
        }),
        store.on('change', change => { if (change.kinds.includes('runs')) reload(); }),
    ];
    load();
    return { unmount() { reload.stop(); for (const stop of listeners) stop(); } };
});
