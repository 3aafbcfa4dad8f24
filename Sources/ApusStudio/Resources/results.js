// Results: how good a model is, where it errs, whether its probabilities can be believed, and how it compares.

import { api } from './api.js';
import { store } from './store.js';
import { h, icon, openViewer } from './ui.js';
import { t, has, formatNumber, formatPercent, serverText } from './words.js';
import { reliabilityDiagram } from './charts.js';
import {
    attempt, canEdit, canExplain, chip, chosenRun, computedImage, emptyState, firstPart, jobText, labelMenu, noModel, notice,
    photoButton, picker, progressBar, runPicker, sentence, settingName, showInstead, throttled, withModel,
} from './runs.js';

/** Beyond this many classes the matrix shows those with the most errors. */
const mostCells = 24;

export const mount = withModel((container, params) => {
    const run = chosenRun(firstPart(params));
    container.append(h('header', { class: 'view-head' }, h('h1', {}, t('results.title')),
        store.state.runs.some(run => run.hasModel) && h('div', { class: 'head-actions' }, runPicker('results', run))));
    if (!run) {
        container.append(noModel());
        return { unmount() {} };
    }

    const problem = h('div', {}), body = h('div', { class: 'results' });
    const progress = progressBar(t('results.evaluating')), status = h('span', { class: 'soft' });
    const working = h('div', { class: 'job-line', hidden: true }, progress, status);
    container.append(working, problem, body);
    let results = null, jobID = null, isGone = false, sort = { key: 'recall', isDown: false }, shownCell = null;

    async function load(mayStart = true, isRecount = false) {
        const answer = await attempt(problem, () => api.get(`runs/${run.name}/results`));
        if (!answer || isGone) return;
        // An evaluation may also be made again while the last one is shown.
        const isOn = answer.state === 'running' || ['running', 'waiting'].includes(answer.job?.state);
        jobID = isOn ? answer.job?.id : null;
        working.hidden = !isOn;
        if (isOn) status.textContent = t('results.evaluating');
        if (answer.results) {
            // Most changes of photos, such as new thumbnails, are none of the results.
            const facts = JSON.stringify({ ...answer.results, revision: 0 });
            const isSame = isRecount && results && facts === JSON.stringify({ ...results, revision: 0 });
            results = answer.results;
            if (!isSame) draw(isRecount);
        } else if (answer.state === 'none') {
            if (!run.hasModel) body.replaceChildren(emptyState(t('results.notYet'), t('results.notYetText')));
            else if (mayStart && canEdit()) evaluate();
            else body.replaceChildren(emptyState(t('results.none'), t('results.noneText'), canEdit() && evaluateButton()));
        } else if (answer.state === 'failed') {
            problem.replaceChildren(notice('warning', serverText(answer.job?.message) ?? t('runs.failed'), ' ', canEdit() && evaluateButton()));
        }
    }

    const evaluateButton = () => h('button', { type: 'button', onclick: evaluate }, t('results.evaluate'));

    async function evaluate() {
        working.hidden = false;
        progress.set(null);
        status.textContent = t('results.evaluating');
        const answer = await attempt(problem, () => api.post(`runs/${run.name}/evaluate`, {}));
        if (answer) jobID = answer.job?.id;
        else working.hidden = true;
    }

    // The page of an evaluation.

    /** keepsPhotos: the mistakes and the open cell stay as they are, so that nothing moves away while it is relabeled. */
    function draw(keepsPhotos = false) {
        const accuracy = results.accuracy;
        const set = t(`results.set.${results.split}`);
        const metrics = [
            ['results.errors', formatNumber(results.errors)],
            results.unreadable > 0 && ['photo.unreadable', formatNumber(results.unreadable)],
            results.top5 && ['results.top5', formatPercent(results.top5.value)],
            ['results.macroF1', formatPercent(results.macroF1)],
            ['results.loss', formatNumber(results.loss, 3)],
            ['results.ece', formatPercent(results.calibration.error)],
        ].filter(Boolean);
        const explained = metrics.map(([key]) => key).filter(key => has(`${key}.help`));
        const focus = focusInBody();
        const [cell, worst] = ['#cell', '#worst'].map(name => keepsPhotos ? body.querySelector(name) : null);
        body.replaceChildren(
            results.isStale && !jobID && notice('info', t('results.stale'), ' ', canEdit() && evaluateButton()) || '',
            results.split === 'val' && notice('info', t('results.noTest')) || '',
            h('section', { class: 'headline' },
                h('p', { class: 'headline-number', tabindex: '-1', 'data-testid': 'results-accuracy' }, sentence('results.headline', {
                    accuracy: h('strong', {}, formatPercent(accuracy.value)),
                    count: h('span', {}, t(`results.photos.${results.split}`, { count: results.count })),
                })),
                intervalBar(accuracy),
                h('p', { class: 'soft' }, t('results.interval', {
                    low: formatPercent(accuracy.low), high: formatPercent(accuracy.high),
                }), ' ', accuracy.high - accuracy.low > 0.1 && t('results.fewPhotos')),
                h('dl', { class: 'metrics' }, metrics.map(([key, value]) => h('div', { title: has(`${key}.help`) ? t(`${key}.help`) : null },
                    h('dt', {}, t(key)), h('dd', {}, value)))),
                h('details', { class: 'plot-table' }, h('summary', {}, t('results.metricsHelp')), explained.map(key =>
                    h('p', {}, h('b', {}, t(key)), ` – ${t(`${key}.help`)}`)))),
            matrixSection(), worst ?? worstSection(set), classSection(), calibrationSection(), compareSection());
        if (cell) {
            body.querySelector('#cell').replaceWith(cell);
            mark();
        } else if (shownCell?.every(index => index < results.classes.length)) openCell(...shownCell, false); else shownCell = null;
        focus?.();
    }

    /** Remembers what has the focus. The result gives it to its successor in a new drawing, or to the new accuracy. */
    function focusInBody() {
        const active = document.activeElement;
        if (!body.contains(active)) return null;
        const data = Object.entries(active.dataset).map(([key, value]) => `[data-${key}="${CSS.escape(value)}"]`).join('');
        return () => (active.isConnected ? active : data && body.querySelector(data) || body.querySelector('.headline-number')).focus({ preventScroll: true });
    }

    /** The interval as a stroke on a scale from 0 to 100 %: the eye sees at once how sure the number is. */
    function intervalBar(fraction) {
        const range = h('span', { class: 'interval-range' }), point = h('span', { class: 'interval-point' });
        range.style.left = `${fraction.low * 100}%`;
        range.style.width = `${(fraction.high - fraction.low) * 100}%`;
        point.style.left = `${fraction.value * 100}%`;
        return h('div', { class: 'interval', 'aria-hidden': 'true' }, range, point,
            h('span', { class: 'interval-low' }, formatPercent(0, 0)), h('span', { class: 'interval-high' }, formatPercent(1, 0)));
    }

    // Confusion matrix.

    function matrixSection() {
        const { confusion, classes } = results;
        const wrong = index => classes.reduce((sum, one, other) => other === index ? sum
            : sum + confusion[index][other] + confusion[other][index], 0);
        const shown = classes.map((one, index) => index);
        const isCut = classes.length > mostCells;
        if (isCut) shown.sort((a, b) => wrong(b) - wrong(a)).splice(mostCells);
        const cells = new Map();
        let at = [0, 0];
        const button = (truth, prediction, row, column) => {
            const count = confusion[truth][prediction], total = confusion[truth].reduce((sum, value) => sum + value, 0);
            const share = total ? count / total : 0;
            const element = h('button', {
                type: 'button', class: truth === prediction ? 'right' : 'wrong', tabindex: row === 0 && column === 0 ? '0' : '-1',
                'data-testid': 'confusion-cell', 'data-truth': truth, 'data-prediction': prediction, 'aria-disabled': count === 0 ? 'true' : null,
                'aria-label': t(truth === prediction ? 'results.cellRight' : 'results.cellWrong', {
                    count, truth: classes[truth].name, prediction: classes[prediction].name, share: formatPercent(share),
                }),
                title: t(truth === prediction ? 'results.cellRight' : 'results.cellWrong', {
                    count, truth: classes[truth].name, prediction: classes[prediction].name, share: formatPercent(share),
                }),
                onclick: () => { if (count > 0) openCell(truth, prediction, true); },
                onfocus: () => {
                    cells.get(String(at)).tabIndex = -1;
                    at = [row, column];
                    element.tabIndex = 0;
                },
            }, count === 0 ? '·' : formatNumber(count));
            element.style.setProperty('--share', share === 0 ? '0%' : `${(8 + share * 40).toFixed(0)}%`);
            cells.set(String([row, column]), element);
            return element;
        };
        const move = event => {
            const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
            if (!step) return;
            event.preventDefault();
            cells.get(String([at[0] + step[0], at[1] + step[1]]))?.focus();
        };
        const table = h('table', { class: shown.length > 10 ? 'matrix dense' : 'matrix', onkeydown: move },
            h('caption', { class: 'hidden' }, t('results.matrixHelp')),
            h('thead', {},
                h('tr', {}, h('td', {}), h('th', { colspan: String(shown.length), scope: 'colgroup', class: 'axis' }, t('results.predicted'))),
                h('tr', {}, h('th', { scope: 'col', class: 'axis' }, t('results.truth')), shown.map(index =>
                    h('th', { scope: 'col', class: 'column-name' }, h('bdi', {}, classes[index].name))))),
            h('tbody', {}, shown.map((truth, row) => h('tr', {}, h('th', { scope: 'row' }, h('bdi', {}, classes[truth].name)),
                shown.map((prediction, column) => h('td', {}, button(truth, prediction, row, column)))))));
        return h('section', {}, h('h2', {}, t('results.matrix')), h('p', { class: 'soft' }, t('results.matrixHelp'),
            isCut && ` ${t('results.matrixCut', { count: mostCells, total: classes.length })}`),
        h('div', { class: 'matrix-scroll' }, table), h('div', { class: 'cell', id: 'cell', hidden: true }));
    }

    async function openCell(truth, prediction, isAsked) {
        shownCell = [truth, prediction];
        const place = body.querySelector('#cell');
        const names = { truth: chip(results.classes[truth].name), prediction: chip(results.classes[prediction].name) };
        const close = h('button', { type: 'button', class: 'quiet', 'aria-label': t('close'), onclick: () => {
            place.hidden = true;
            shownCell = null;
            mark();
            body.querySelector(`[data-testid="confusion-cell"][data-truth="${truth}"][data-prediction="${prediction}"]`)?.focus();
        } }, icon('close'));
        const heading = h('h3', { tabindex: '-1' }, truth === prediction
            ? sentence('results.cellTitleRight', names) : sentence('results.cellTitle', names));
        const tiles = h('div', { class: 'outcomes', 'data-testid': 'cell-photos' });
        const error = h('div', {});
        place.hidden = false;
        place.replaceChildren(h('div', { class: 'cell-head' }, heading, close), error, tiles);
        mark();
        if (isAsked) heading.focus();
        const answer = await attempt(error, () => api.get(`runs/${run.name}/cell`, { truth, prediction }));
        if (!answer || !place.contains(tiles)) return;
        const photos = answer.items.map(item => item.photo).filter(Boolean);
        if (truth !== prediction && photos.length > 1 && canEdit()) {
            const said = h('span', { class: 'soft', role: 'status' });
            place.insertBefore(h('div', { class: 'cell-tools' }, labelMenu(photos, one => {
                said.textContent = t('results.relabeled', { name: one.name });
            }, t('results.relabelAll', { count: photos.length })), said), tiles);
        }
        tiles.replaceChildren(...answer.items.map(item => outcomeTile(item, answer.items)));
    }

    function mark() {
        for (const button of body.querySelectorAll('[data-testid="confusion-cell"]')) {
            const isOpen = shownCell && Number(button.dataset.truth) === shownCell[0] && Number(button.dataset.prediction) === shownCell[1];
            button.classList.toggle('open', Boolean(isOpen));
        }
    }

    // A photo with what the model said of it.

    function outcomeTile(outcome, all, testid) {
        const { classes } = results;
        const isRight = outcome.truth === outcome.prediction;
        const text = h('p', {}, isRight
            ? sentence('results.said', { prediction: chip(classes[outcome.prediction].name), probability: h('b', {}, formatPercent(outcome.probability)) })
            : sentence('results.saidWrong', {
                prediction: chip(classes[outcome.prediction].name), probability: h('b', {}, formatPercent(outcome.probability)),
                truth: chip(classes[outcome.truth].name), truthProbability: h('b', {}, formatPercent(outcome.truthProbability)),
            }));
        if (!outcome.photo) {
            return h('article', { class: 'outcome', 'data-testid': testid }, h('div', { class: 'outcome-photo gone' }, t('results.gone')), text);
        }
        const photo = outcome.photo;
        const shown = all.map(item => item.photo).filter(Boolean);
        const picture = () => photoButton(photo, { onclick: () => openViewer(shown, shown.indexOf(photo), {}) });
        const place = h('div', { class: 'outcome-photo' }, picture());
        const why = (index, words) => {
            const button = h('button', { type: 'button', class: 'small', 'aria-pressed': 'false', onclick: async () => {
                const isOn = button.getAttribute('aria-pressed') === 'true';
                for (const other of tools.querySelectorAll('[aria-pressed]')) other.setAttribute('aria-pressed', 'false');
                if (isOn) return showInstead(place, picture());
                button.setAttribute('aria-pressed', 'true');
                await computedImage(place, t('results.explanationOf', { name: classes[index].name, photo: photo.name }),
                    signal => api.get(`runs/${run.name}/explanation`, { photo: photo.id, class: index }, { signal }));
            } }, h('span', {}, t(words, { name: classes[index].name })));
            return button;
        };
        const label = h('span', { class: 'soft', role: 'status' });
        const tools = h('div', { class: 'outcome-tools' },
            canExplain() && [why(outcome.prediction, 'results.why'), !isRight && why(outcome.truth, 'results.whyNot')],
            canEdit() && labelMenu([photo], one => { label.textContent = t('results.relabeled', { name: one.name }); }));
        return h('article', { class: 'outcome', 'data-testid': testid, 'data-photo': photo.id },
            place, h('bdi', { class: 'file-name', title: photo.name }, photo.name), text, tools, label);
    }

    function worstSection(set) {
        if (results.worst.length === 0) return h('section', {}, h('h2', {}, t('results.worst')), notice('good', t('results.noMistakes')));
        const first = 8;
        const tiles = h('div', { class: 'outcomes' }, results.worst.slice(0, first).map(item => outcomeTile(item, results.worst, 'worst-item')));
        const more = results.worst.length > first && h('button', { type: 'button', onclick: () => {
            more.remove();
            tiles.append(...results.worst.slice(first).map(item => outcomeTile(item, results.worst, 'worst-item')));
        } }, t('results.moreMistakes', { count: results.worst.length - first }));
        return h('section', { id: 'worst' }, h('h2', {}, t('results.worst')), h('p', { class: 'soft' }, t('results.worstHelp', { set })), tiles, more);
    }

    // Classes.

    function classSection() {
        const columns = ['name', 'support', 'precision', 'recall', 'f1'];
        const rows = [...results.classes].sort((a, b) => {
            const order = sort.key === 'name' ? a.name.localeCompare(b.name) : a[sort.key] - b[sort.key];
            return sort.isDown ? -order : order;
        });
        const meter = value => {
            const fill = h('span', { class: 'mini-fill' });
            fill.style.inlineSize = `${value * 100}%`;
            return h('td', {}, h('span', { class: 'mini' }, fill), formatPercent(value));
        };
        const section = h('section', {}, h('h2', {}, t('results.classes')), h('p', { class: 'soft' }, t('results.classesHelp')),
            h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': t('results.classes') }, h('table', { class: 'data classes' },
                h('thead', {}, h('tr', {}, columns.map(key => h('th', {
                    scope: 'col', 'aria-sort': sort.key === key ? sort.isDown ? 'descending' : 'ascending' : null,
                }, h('button', { type: 'button', title: t(`results.column.${key}.help`), onclick: () => {
                    sort = { key, isDown: sort.key === key ? !sort.isDown : key === 'support' };
                    const fresh = classSection();
                    section.replaceWith(fresh);
                    fresh.querySelectorAll('thead button')[columns.indexOf(key)].focus();
                } }, t(`results.column.${key}`), h('span', { class: 'sort', 'aria-hidden': 'true' }, sort.key === key ? sort.isDown ? '↓' : '↑' : '')))))),
                h('tbody', {}, rows.map(one => h('tr', {}, h('th', { scope: 'row' }, h('bdi', {}, one.name)),
                    h('td', {}, formatNumber(one.support)), meter(one.precision), meter(one.recall), meter(one.f1)))))));
        return section;
    }

    // Calibration.

    function calibrationSection() {
        const { calibration } = results;
        const used = calibration.bins.filter(bin => bin.count > 0);
        const gap = used.reduce((sum, bin) => sum + bin.count * (bin.confidence - bin.accuracy), 0) / Math.max(1, results.count);
        const level = calibration.error < 0.05 ? 'good' : Math.abs(gap) < 0.02 ? 'mixed' : gap > 0 ? 'over' : 'under';
        return h('section', {}, h('h2', {}, t('results.calibration')),
            h('div', { class: 'calibration' },
                h('figure', { class: 'chart' }, reliabilityDiagram(calibration)),
                h('div', {}, h('p', {}, t(`results.calibration.${level}`, { error: formatPercent(calibration.error) })),
                    h('p', { class: 'soft' }, t('results.calibrationHelp')),
                    h('details', { class: 'plot-table' }, h('summary', {}, t('chart.table')), h('table', { class: 'data' },
                        h('thead', {}, h('tr', {}, ['confidence', 'accuracyColumn', 'count'].map(key => h('th', { scope: 'col' }, t(`results.${key}`))))),
                        h('tbody', {}, used.map(bin => h('tr', {}, h('th', { scope: 'row' }, formatPercent(bin.confidence)),
                            h('td', {}, formatPercent(bin.accuracy)), h('td', {}, formatNumber(bin.count))))))))));
    }

    // Comparison with another run.

    let compared = null;
    function compareSection() {
        const others = store.state.runs.filter(other => other.hasModel && other.name !== run.name);
        if (others.length === 0) return '';
        const answer = h('div', { class: 'comparison' }), error = h('div', {});
        const choice = picker(t('results.compareWith'), t('results.compareChoose'),
            () => others.map(other => ({ label: other.name, checked: other.name === compared, run: () => show(other.name) })), { dataset: { testid: 'compare-picker' } });
        async function show(name) {
            compared = name;
            choice.set(name);
            answer.replaceChildren();
            answer.append(h('p', { class: 'soft', role: 'status' }, t('results.comparing')));
            const comparison = await attempt(error, () => compare(name));
            if (compared !== name || comparison?.job) return;
            answer.replaceChildren(...(comparison ? comparisonParts(comparison) : []));
        }
        if (others.some(other => other.name === compared)) show(compared);
        return h('section', {}, h('h2', {}, t('results.compare')), choice, error, answer);
    }

    /** The other run may have to be evaluated first, which the question starts. */
    async function compare(name) {
        for (;;) {
            const answer = await api.get('compare', { a: run.name, b: name });
            if (!answer.job || compared !== name || isGone) return answer;
            await new Promise(resolve => setTimeout(resolve, 700));
        }
    }

    function comparisonParts({ a, b, settings, count, accuracyA, accuracyB, onlyA, onlyB, pValue }) {
        const name = one => chip(one.name);
        const level = pValue < 0.01 ? 'sure' : pValue < 0.05 ? 'likely' : 'chance';
        const better = accuracyA.value >= accuracyB.value ? a : b;
        const lines = [[a, accuracyA], [b, accuracyB]].map(([one, accuracy]) => h('div', { class: 'versus' },
            h('div', {}, name(one), ' ', h('b', {}, formatPercent(accuracy.value)),
                h('span', { class: 'soft' }, ` ${formatPercent(accuracy.low)} – ${formatPercent(accuracy.high)}`)), intervalBar(accuracy)));
        const p = pValue < 0.001 ? '< 0.001' : formatNumber(pValue, 3);
        const flips = (one, other, items) => items.length > 0 && h('div', {},
            h('h3', {}, sentence('results.onlyRight', { name: name(one), count: String(items.length) })),
            h('div', { class: 'outcomes small' }, items.map(item => flip(item, items))));
        const flip = (item, items) => h('article', { class: 'outcome', 'data-testid': 'flip-item', 'data-photo': item.photo?.id },
            h('div', { class: 'outcome-photo' }, item.photo ? photoButton(item.photo, { onclick: () => {
                const shown = items.map(one => one.photo).filter(Boolean);
                openViewer(shown, shown.indexOf(item.photo), {});
            } }) : h('span', { class: 'gone' }, t('results.gone'))),
            h('p', { class: 'flip' }, sentence('results.flipTruth', { truth: chip(item.truth) })),
            h('dl', { class: 'flip-answers' }, [[a, item.a], [b, item.b]].map(([one, said]) => h('div', {},
                h('dt', {}, h('bdi', {}, one.name)),
                h('dd', { class: said.class === item.truth ? 'good' : 'wrong' },
                    icon(said.class === item.truth ? 'check' : 'close'),
                    h('bdi', {}, said.class), ` ${formatPercent(said.probability)}`)))));
        return [
            h('div', { class: 'versus-list' }, lines),
            h('p', {}, t('results.sameTest', { count }), ' ', accuracyA.value === accuracyB.value ? t('results.equal')
                : sentence(`results.p.${level}`, { name: name(better), p })),
            settings.length > 0
                ? h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': t('results.differences') }, h('table', { class: 'data' },
                    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('results.differences')),
                        h('th', { scope: 'col' }, h('bdi', {}, a.name)), h('th', { scope: 'col' }, h('bdi', {}, b.name)))),
                    h('tbody', {}, settings.map(one => h('tr', {}, h('th', { scope: 'row' }, settingName(one.key)),
                        h('td', {}, String(one.a ?? '–')), h('td', {}, String(one.b ?? '–')))))))
                : h('p', { class: 'soft' }, t('results.sameSettings')),
            flips(a, b, onlyA), flips(b, a, onlyB),
        ].flat().filter(Boolean);
    }

    // Live.

    const reload = throttled(800, () => load(false)), recount = throttled(800, () => load(false, true));
    const isMine = job => job.kind === 'evaluate' && (job.id === jobID || job.run === run.name);
    const listeners = [
        store.on('job', job => {
            if (!isMine(job)) return;
            const isOn = job.state === 'running' || job.state === 'waiting';
            working.hidden = !isOn;
            progress.set(job.total ? job.done / job.total : null);
            status.textContent = jobText(job);
            if (!isOn) reload();
        }),
        store.on('change', change => {
            if (results && change.kinds.some(kind => kind === 'photos' || kind === 'classes')) recount();
        }),
    ];
    load();
    return { unmount() { isGone = true; reload.stop(); recount.stop(); for (const stop of listeners) stop(); } };
});
