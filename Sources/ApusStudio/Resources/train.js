// Train: a choice of three presets, what it will cost, and the runs with their curves.

import { api } from './api.js';
import { store } from './store.js';
import { h, icon, confirmDialog } from './ui.js';
import { t, has, formatBytes, formatDuration, formatNumber, formatPercent, formatTime, serverText } from './words.js';
import { LineChart } from './charts.js';
import { attempt, canEdit, copyable, firstPart, notice, progressBar, settingName, throttled } from './runs.js';

// What was chosen stays while other views are open.
const draft = { preset: 'quick', settings: {}, name: '' };
const presetIcons = { quick: 'clock', better: 'flag', own: 'filter' };

export function mount(container, params) {
    const runs = new Map((store.state?.runs ?? []).map(run => [run.name, run]));
    const cards = new Map(), details = new Map(), overlaid = new Set(), deleted = new Set();
    let selected = firstPart(params) || null;
    const invalid = new Map();  // the key of a setting -> what is wrong with what was entered
    let options = null, planNumber = 0, planTimer = null, isPlanned = false, isStarting = false, isGone = false;

    const title = h('h1', { tabindex: '-1' }, t('train.title')), problem = h('div', {});
    const presets = h('div', { class: 'presets', role: 'radiogroup', 'aria-label': t('train.how') });
    const settings = h('div', { class: 'settings' });
    const estimate = h('div', { class: 'estimate', role: 'status', 'data-testid': 'train-estimate' });
    const name = h('input', {
        type: 'text', value: draft.name, maxlength: '60', pattern: '[A-Za-z0-9._\\-]*', autocomplete: 'off', spellcheck: 'false',
        placeholder: t('train.nameAutomatic'), oninput: () => { draft.name = name.value.trim(); },
    });
    const start = h('button', { type: 'submit', class: 'primary large', 'data-testid': 'train-start', disabled: true }, t('train.start'));
    const startProblem = h('div', {});
    const form = h('form', { class: 'train-form', onsubmit: event => { event.preventDefault(); begin(); } },
        presets, settings, h('div', { class: 'train-foot' }, estimate,
            h('div', { class: 'train-start' }, h('label', { class: 'field' }, h('span', {}, t('train.name')), name), start)), startProblem);
    const cardList = h('div', { class: 'run-list' });
    const detail = h('section', { class: 'run-detail', 'aria-live': 'off' });
    const runsPart = h('section', { class: 'runs' }, h('h2', {}, t('train.runs')), cardList, detail);
    container.append(h('header', { class: 'view-head' }, h('div', {}, title, h('p', { class: 'lead' }, t('train.lead')))),
        problem, canEdit() ? form : notice('info', t('train.readOnly')), runsPart);

    // The form.

    async function loadOptions() {
        const answer = await attempt(problem, () => api.get('/train/options'));
        if (!answer || isGone) return;
        const isFirst = options === null;
        options = answer;
        problem.replaceChildren(...options.problems.map(text => notice('warning', serverText(text), ' ', h('a', { href: '#/label' }, t('train.toLabel')))));
        if (isFirst) { drawPresets(); drawSettings(); }
        plan();
    }

    function drawPresets() {
        presets.replaceChildren(...options.presets.map(preset => h('label', { class: 'preset', 'data-testid': `preset-${preset.id}` },
            h('input', {
                type: 'radio', name: 'preset', value: preset.id, checked: preset.id === draft.preset,
                onchange: () => { draft.preset = preset.id; drawSettings(); plan(); },
            }),
            icon(presetIcons[preset.id] ?? 'filter'),
            h('span', { class: 'preset-text' }, h('b', {}, t(`train.preset.${preset.id}`)), h('span', {}, t(`train.preset.${preset.id}.text`)),
                preset.id !== 'own' && h('span', { class: 'soft' }, t(`train.preset.${preset.id}.cost`))))));
    }

    const base = setting => {
        const defaults = options.presets.find(preset => preset.id === draft.preset)?.defaults ?? {};
        return setting.key in defaults ? defaults[setting.key] : setting.value;
    };

    function drawSettings() {
        settings.hidden = draft.preset !== 'own';
        invalid.clear();
        if (settings.hidden) return settings.replaceChildren();
        const reset = h('button', { type: 'button', class: 'quiet', onclick: () => { draft.settings = {}; drawSettings(); plan(); } }, t('train.resetAll'));
        settings.replaceChildren(
            h('div', { class: 'settings-head' }, h('p', { class: 'soft' }, t('train.settingsText')), reset),
            ...options.groups.map((group, index) => {
                const count = h('span', { class: 'count' });
                const update = () => {
                    const changed = group.settings.filter(setting => setting.key in draft.settings).length;
                    count.textContent = changed ? t('train.changed', { count: changed }) : '';
                };
                update();
                return h('details', { open: index === 0 || group.settings.some(setting => setting.key in draft.settings) },
                    h('summary', {}, h('span', {}, has(`train.group.${group.id}`) ? t(`train.group.${group.id}`) : group.id), count),
                    h('div', { class: 'setting-grid' }, group.settings.map(setting => field(setting, update))));
            }));
    }

    // The server explains settings in English. The table has other languages.
    function field(setting, changed) {
        const id = `setting-${setting.key}`, standard = base(setting);
        const value = setting.key in draft.settings ? draft.settings[setting.key] : standard;
        const words = `setting.${setting.key}`, title = settingName(setting.key);
        const common = { id, 'aria-describedby': `${id}-help`, oninput: () => take() };
        let input;
        if (setting.kind === 'flag') input = h('input', { ...common, type: 'checkbox', checked: Boolean(value) });
        else if (setting.kind === 'choice') {
            const choices = value === null || setting.choices.includes(String(value)) ? setting.choices : [String(value), ...setting.choices];
            input = h('select', common, standard === null && h('option', { value: '' }, t('train.automatic')),
                choices.map(choice => h('option', { value: choice, selected: choice === String(value) }, networkLabel(setting, choice))));
        } else {
            input = h('input', {
                ...common, type: setting.kind === 'text' ? 'text' : 'number', step: setting.kind === 'integer' ? '1' : 'any',
                value: value ?? '', placeholder: t('train.automatic'), inputmode: setting.kind === 'integer' ? 'numeric' : null,
                spellcheck: 'false', autocomplete: 'off',
            });
        }
        const reset = h('button', {
            type: 'button', class: 'reset', 'aria-label': t('train.resetOne', { name: title }), title: t('train.resetOne', { name: title }),
            onclick: () => {
                if (setting.kind === 'flag') input.checked = Boolean(standard);
                else input.value = standard ?? '';
                take();
                input.focus();
            },
        }, icon('undo'));
        const box = h('div', { class: 'setting' },
            h('label', { for: id }, title, title !== setting.key && h('code', {}, setting.key)), h('div', { class: 'setting-input' }, input, reset),
            h('p', { class: 'soft', id: `${id}-help` }, (has(`${words}.help`) && t(`${words}.help`)) || setting.help));
        const mark = () => {
            const isChanged = setting.key in draft.settings || invalid.has(setting.key);
            box.classList.toggle('changed', isChanged);
            reset.hidden = !isChanged;
        };
        function take() {
            let now = setting.kind === 'flag' ? input.checked : input.value.trim();
            if (now === '') now = null;
            else if (setting.kind === 'integer' || setting.kind === 'number') now = input.valueAsNumber;
            const isValid = input.checkValidity();
            input.setAttribute('aria-invalid', String(!isValid));
            if (!isValid) {
                invalid.set(setting.key, `${title}: ${input.validationMessage}`);
                mark();
                return plan();
            }
            invalid.delete(setting.key);
            if (now === standard || (now === null && standard === undefined)) delete draft.settings[setting.key];
            else draft.settings[setting.key] = now;
            mark();
            changed();
            plan();
        }
        mark();
        return box;
    }

    function networkLabel(setting, choice) {
        const network = options.networks.find(network => network.name === choice);
        if (!network || setting.kind !== 'choice') return choice;
        return t('train.network', {
            name: choice, parameters: formatNumber(network.parameters / 1e6, 1),
            where: network.cached ? t('train.cached') : t('train.fetches', { size: formatBytes(network.megabytes * 1e6) }),
        });
    }

    const body = () => ({ preset: draft.preset, settings: draft.preset === 'own' ? draft.settings : {} });

    function plan() {
        clearTimeout(planTimer);
        planNumber++;
        isPlanned = false;
        if (invalid.size > 0) {
            estimate.removeAttribute('aria-busy');
            estimate.replaceChildren(...[...invalid.values()].map(text => notice('warning', text)));
            return enable();
        }
        estimate.setAttribute('aria-busy', 'true');
        planTimer = setTimeout(askPlan, 350);
    }

    const enable = () => { start.disabled = isStarting || !isPlanned || invalid.size > 0; };

    async function askPlan() {
        const number = ++planNumber;
        try {
            const answer = await api.post('/train/plan', body());
            if (number !== planNumber) return;
            drawPlan(answer);
        } catch (error) {
            if (number !== planNumber) return;
            estimate.replaceChildren(notice('warning', error.message));
        }
        estimate.removeAttribute('aria-busy');
        enable();
    }

    function drawPlan(answer) {
        const problems = answer.problems.filter(text => !options.problems.includes(text));
        isPlanned = answer.problems.length === 0 && options.problems.length === 0;
        if (answer.problems.length > 0) return estimate.replaceChildren(...problems.map(text => notice('warning', serverText(text))));
        const facts = [
            t('train.epochsOf', { epochs: formatNumber(answer.epochs), network: answer.network }),
            t('train.photosOf', { training: formatNumber(answer.trainingImages), validation: formatNumber(answer.validationImages), test: formatNumber(answer.testImages) }),
            answer.memory > 0 && t('train.memory', { size: roughBytes(answer.memory) }),
            answer.download > 0 && t('train.download', { size: formatBytes(answer.download) }),
        ].filter(Boolean);
        estimate.replaceChildren(
            h('p', { class: 'estimate-time' }, answer.seconds === null ? t('train.noEstimate')
                : t('train.estimate', { time: formatDuration(answer.seconds) })),
            h('ul', { class: 'facts-line' }, facts.map(fact => h('li', {}, fact))),
            ...answer.notes.map(text => h('p', { class: 'soft' }, serverText(text))));
    }

    async function begin() {
        if (isStarting || !name.reportValidity()) return;
        isStarting = true;
        enable();
        const answer = await attempt(startProblem, () => api.post('/train', { ...body(), ...(draft.name && { name: draft.name }) }));
        isStarting = false;
        enable();
        if (!answer) return;
        draft.name = name.value = '';
        deleted.delete(answer.run);
        await store.refresh().catch(() => {});
        // Another view may be open by now: neither its address nor its place may change.
        if (isGone) return;
        for (const run of store.state.runs) runs.set(run.name, run);
        drawCards();
        select(answer.run);
        cards.get(answer.run)?.element.scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    }

    // Runs.

    function drawCards() {
        if (isGone) return;
        const active = cardList.contains(document.activeElement) ? document.activeElement : null;
        const sorted = [...runs.values()].sort((a, b) => b.created.localeCompare(a.created));
        for (const [name, card] of cards) if (!runs.has(name)) { card.element.remove(); cards.delete(name); }
        for (const run of sorted) {
            if (!cards.has(run.name)) cards.set(run.name, runCard(run));
            cards.get(run.name).update(run);
        }
        const wanted = sorted.map(run => cards.get(run.name).element);
        if (wanted.some((element, index) => cardList.children[index] !== element) || cardList.children.length !== wanted.length) {
            cardList.replaceChildren(...wanted);
        }
        runsPart.hidden = runs.size === 0;
        if (!runs.has(selected)) select(sorted[0]?.name ?? null);
        if (active && document.activeElement !== active) (active.isConnected ? active : cards.get(selected)?.title ?? title).focus();
    }

    function runCard(first) {
        const place = h('div', {}), state = h('span', { class: 'state-chip' }), facts = h('p', { class: 'soft' }), result = h('p', { class: 'run-result' });
        const bar = progressBar(first.name, 'run-progress'), line = h('p', { class: 'run-progress-text' });
        const act = (action, words, testid, iconName) => h('button', {
            type: 'button', 'data-testid': testid, hidden: true, onclick: () => attempt(place, async () => {
                if (action === 'delete' && !await confirmDialog({
                    title: t('train.deleteTitle', { name: first.name }), text: t('train.deleteText'), action: t('train.delete'), isDangerous: true,
                })) return;
                // Events of a run that is on its way out must not ask for it again.
                if (action === 'delete') deleted.add(first.name);
                try {
                    await api.post(`runs/${first.name}/${action}`);
                } catch (error) {
                    deleted.delete(first.name);
                    throw error;
                }
                if (action === 'delete') { runs.delete(first.name); overlaid.delete(first.name); drawCards(); }
                await store.refresh();
            }),
        }, icon(iconName), h('span', {}, words));
        const stop = act('stop', t('train.stop'), 'run-stop', 'stop'), resume = act('resume', t('train.resume'), 'run-resume', 'play');
        const remove = act('delete', t('train.delete'), 'run-delete', 'trash');
        const title = h('button', { type: 'button', class: 'run-name', onclick: () => select(first.name) }, h('bdi', {}, first.name));
        const link = view => h('a', { class: 'button', href: `#/${view}/${first.name}` }, t(`train.to.${view}`));
        const links = [link('results'), link('try'), link('use')];
        const overlay = h('input', { type: 'checkbox', onchange: () => {
            if (overlay.checked) overlaid.add(first.name); else overlaid.delete(first.name);
            loadDetail(first.name).then(drawCurves);
        } });
        const compare = h('label', { class: 'check' }, overlay, h('span', {}, t('train.overlay')));
        const element = h('article', { class: 'run-card', 'data-testid': 'run-card', 'data-run': first.name, 'aria-label': first.name },
            h('div', { class: 'run-head' }, title, state), facts, bar, line, result, place,
            h('div', { class: 'run-actions' }, stop, resume, links, remove, compare));
        return {
            element, title,
            update(run) {
                const active = element.contains(document.activeElement) ? document.activeElement : null;
                const isOn = run.state === 'training' || run.state === 'stopping';
                state.textContent = t(`train.state.${run.state}`);
                state.dataset.state = run.state;
                facts.textContent = [run.network, t('train.images', { count: run.images }), formatTime(run.created)].filter(Boolean).join(' · ');
                bar.hidden = line.hidden = !isOn;
                bar.set(isOn && run.progress === 0 ? null : run.progress);
                line.textContent = [t('train.epochOf', { epoch: formatNumber(run.epoch), epochs: formatNumber(run.epochs) }),
                    run.secondsLeft !== null && t('job.left', { time: formatDuration(run.secondsLeft) })].filter(Boolean).join(' · ');
                result.replaceChildren(...(run.evaluated
                    ? [h('b', {}, formatPercent(run.evaluated.value)), ` ${t(`train.on.${run.evaluatedSplit ?? 'test'}`, { low: formatPercent(run.evaluated.low), high: formatPercent(run.evaluated.high) })}`]
                    : run.accuracy !== null ? [h('b', {}, formatPercent(run.accuracy)), ` ${t('train.onValidation')}`]
                        : run.message ? [] : [h('span', { class: 'soft' }, isOn ? t('train.firstEpoch') : t('train.noResult'))]));
                if (run.message) result.append(h('span', { class: run.state === 'failed' ? 'wrong' : 'soft' }, ` ${serverText(run.message)}`));
                stop.hidden = !isOn || !canEdit();
                stop.disabled = run.state === 'stopping';
                resume.hidden = !['stopped', 'interrupted', 'failed'].includes(run.state) || !canEdit();
                remove.hidden = isOn || !canEdit();
                for (const link of links) link.hidden = !run.hasModel || isOn;
                compare.hidden = run.name === selected || runs.size < 2;
                element.classList.toggle('selected', run.name === selected);
                title.setAttribute('aria-pressed', String(run.name === selected));
                // A button that was pressed may be gone now.
                if (active && (active.disabled || active.closest('[hidden]'))) title.focus();
            },
        };
    }

    // The selected run.

    const loss = new LineChart({ title: t('train.loss'), testid: 'curve-loss', xLabel: t('train.epoch') });
    const accuracy = new LineChart({ title: t('train.accuracy'), testid: 'curve-accuracy', percent: true, yLabel: value => formatPercent(value), xLabel: t('train.epoch') });
    const heading = h('h3', { hidden: true });
    const diagnosis = h('ul', { class: 'diagnosis', 'data-testid': 'diagnosis' });
    const about = h('div', {}), detailProblem = h('div', {});
    detail.append(heading, detailProblem, h('div', { class: 'charts' }, accuracy.element, loss.element), diagnosis, about);

    let drawn = [];

    async function loadDetail(name) {
        if (!name || !runs.has(name) || deleted.has(name)) return;
        try {
            details.set(name, await api.get(`/runs/${name}`));
            if (name === selected) detailProblem.replaceChildren();
        } catch (error) {
            // A run may be gone by now. The list will say so.
            if (name !== selected || !runs.has(name) || deleted.has(name) || detailProblem.textContent === error.message) return;
            detailProblem.replaceChildren(notice('warning', error.message));
        }
    }

    async function select(name) {
        if (isGone) return;
        if (name !== selected) {
            overlaid.delete(name);
            detailProblem.replaceChildren();
        }
        selected = name;
        detail.hidden = name === null;
        for (const run of runs.values()) cards.get(run.name)?.update(run);
        if (name === null) return;
        history.replaceState(null, '', `#/train/${name}`);
        // What is known of it already, and nothing of the run before.
        drawCurves();
        drawDetail();
        await loadDetail(name);
        if (isGone || name !== selected) return;
        drawCurves();
        drawDetail();
    }

    function drawCurves() {
        const others = details.has(selected) ? [...overlaid].filter(name => name !== selected) : [];
        const shown = [selected, ...others].map(name => details.get(name)).filter(Boolean);
        const isAlone = shown.length === 1;
        const lines = (step, training, validation) => shown.flatMap((run, index) => {
            const { epochs, steps, stepsPerEpoch } = run.curves;
            const label = words => isAlone ? words : `${run.name}, ${words}`;
            const series = [];
            if (index === 0) {
                if (stepsPerEpoch > 0) series.push({ color: 0, kind: 'soft', name: '', points: thin(steps.map(one => [one.step / stepsPerEpoch, one[step]])) });
                series.push({ color: 0, kind: 'dashed', name: label(t('train.training')), points: epochs.map(one => [one.epoch, one[training]]) });
            }
            series.push({ color: index % 6, kind: 'main', name: label(t('train.validation')), points: epochs.map(one => [one.epoch, one[validation]]) });
            return series;
        });
        const end = Math.max(1, ...shown.map(run => run.epochs));
        accuracy.update(lines('accuracy', 'trainingAccuracy', 'validationAccuracy'), end);
        loss.update(lines('loss', 'trainingLoss', 'validationLoss'), end);
    }

    function drawDetail() {
        const run = details.get(selected);
        // Drawn each second while it trains: only what has changed, so that focus and selections stay.
        const now = [selected, run?.diagnosis, run?.state === 'training', run?.settings, run?.command].map(part => JSON.stringify(part) ?? '');
        const isSame = (...parts) => parts.every(part => drawn[part] === now[part]);
        const [isSameDiagnosis, isSameAbout] = [isSame(0, 1, 2), isSame(0, 3, 4)];
        drawn = now;
        if (!isSameDiagnosis) drawDiagnosis(run);
        if (!isSameAbout) drawAbout(run);
    }

    /** The numbers of a finding are in the server's sentence, which is in English. */
    function diagnosisText({ kind, text, advice }) {
        const title = has(`diagnosis.${kind}`) ? t(`diagnosis.${kind}`) : '';
        return title ? [h('p', {}, title), h('p', { class: 'soft', lang: 'en' }, text)]
            : [h('p', {}, text), advice && h('p', { class: 'soft' }, t('train.try', { advice }))];
    }

    function drawDiagnosis(run) {
        heading.replaceChildren(h('bdi', {}, selected));
        heading.hidden = false;
        diagnosis.replaceChildren();
        if (!run) return;
        diagnosis.replaceChildren(...run.diagnosis.map(one => h('li', { class: one.level },
            icon(one.level === 'good' ? 'check' : one.level === 'warning' ? 'warning' : 'info'),
            h('div', {}, diagnosisText(one)))));
        if (diagnosis.childElementCount === 0 && run.state === 'training') {
            diagnosis.append(h('li', { class: 'note' }, icon('info'), h('div', {}, h('p', {}, t('train.diagnosisLater')))));
        }
    }

    function drawAbout(run) {
        const openBefore = [...about.querySelectorAll('details')].map(one => one.open);
        if (!run) return about.replaceChildren();
        about.replaceChildren(
            h('details', { open: openBefore[0] ?? false }, h('summary', {}, t('train.itsSettings')),
                h('dl', { class: 'facts' }, run.settings.map(one => h('div', {}, h('dt', {}, settingName(one.key)), h('dd', {}, String(one.value)))))),
            h('details', { open: openBefore[1] ?? false }, h('summary', {}, t('train.command')), copyable(run.command, t('train.command'), 'run')));
    }

    // Live.

    const refreshDetail = throttled(1000, async () => {
        const names = [selected, ...overlaid].filter(name => name && (runs.get(name)?.state === 'training' || name === selected));
        await Promise.all(names.map(loadDetail));
        if (isGone) return;
        drawCurves();
        drawDetail();
    });
    const refreshOptions = throttled(1500, loadOptions);
    const listeners = [
        store.on('run', run => {
            if (deleted.has(run.name)) return;
            runs.set(run.name, run);
            if (cards.has(run.name)) cards.get(run.name).update(run); else drawCards();
            if (run.name === selected || overlaid.has(run.name)) refreshDetail();
        }),
        store.on('state', () => {
            const now = new Set(store.state.runs.map(run => run.name));
            for (const name of runs.keys()) if (!now.has(name)) runs.delete(name);
            for (const run of store.state.runs) if (!deleted.has(run.name)) runs.set(run.name, run);
            drawCards();
        }),
        store.on('change', change => {
            if (canEdit() && change.kinds.some(kind => kind === 'photos' || kind === 'classes')) refreshOptions();
        }),
    ];
    drawCards();
    if (selected) select(selected);
    if (canEdit()) loadOptions();
    return {
        unmount() {
            isGone = true;
            clearTimeout(planTimer);
            planNumber++;
            refreshDetail.stop();
            refreshOptions.stop();
            loss.remove();
            accuracy.remove();
            for (const stop of listeners) stop();
        },
    };
}

/** An estimate in whole megabytes. */
const roughBytes = count => count < 1e9 ? `${formatNumber(Math.max(1, Math.round(count / 1e6)))} MB` : formatBytes(count);

/** At most a few hundred points of many: means of neighbors. */
function thin(points, most = 300) {
    if (points.length <= most) return points;
    const size = Math.ceil(points.length / most), result = [];
    for (let index = 0; index < points.length; index += size) {
        const part = points.slice(index, index + size);
        result.push([part.at(-1)[0], part.reduce((sum, point) => sum + point[1], 0) / part.length]);
    }
    return result;
}
