'use strict';
// Shows the operations and values of openapi.json.

const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
};

/** The elements of a text in which `code` has backticks. */
const words = (text = '') => text.split('`').map((part, index) => index % 2 ? make('code', { textContent: part }) : part);

const paragraphs = (text = '') => text.split('\n\n').filter(Boolean).map(part => make('p', {}, ...words(part)));

const example = value => make('pre', { tabIndex: 0 }, make('code', {
    textContent: typeof value === 'string' ? value : JSON.stringify(value, null, 2),
}));

const table = (titles, rows) => make('div', { className: 'table' }, make('table', {},
    make('thead', {}, make('tr', {}, ...titles.map(title => make('th', { scope: 'col', textContent: title })))),
    make('tbody', {}, ...rows.map(row => make('tr', {}, ...row.map(cell => make('td', {}, ...[cell].flat())))))));

const code = text => make('code', { textContent: text });

function describe(description) {
    const resolve = part => part.$ref ? resolve(part.$ref.slice(2).split('/').reduce((value, key) => value[key], description)) : part;

    /** The type of a value in words, with links to the values of the page. */
    function type(schema) {
        if (schema.$ref) {
            const name = schema.$ref.split('/').at(-1);
            return [make('a', { href: `#${name}`, textContent: name })];
        }
        if (schema.const !== undefined) return [code(JSON.stringify(schema.const))];
        if (schema.enum) return schema.enum.flatMap((value, index) => [index ? ', ' : '', code(String(value))]);
        const choice = schema.oneOf ?? schema.anyOf;
        if (choice) return choice.flatMap((one, index) => [index ? ' or ' : '', ...type(one)]);
        if (schema.format === 'binary') return ['file'];
        if (schema.type === 'array') return ['list of ', ...type(schema.items ?? {})];
        return [[schema.type ?? 'any'].flat().join(' or ').replace('string', 'text')];
    }

    const fields = schema => table(['Field', 'Type', 'Meaning'], Object.entries(schema.properties).map(([name, property]) => [
        [code(name), schema.required?.includes(name) ? '' : ' (optional)'], type(property), words(property.description),
    ]));

    function contents(content) {
        return Object.entries(content ?? {}).flatMap(([media, { schema, example: value, examples }]) => {
            const shown = value ?? Object.values(examples ?? {})[0]?.value;
            const items = schema?.items && schema.type === 'array' ? schema.items : schema;
            return [
                make('p', {}, code(media), ...schema?.$ref || schema?.type === 'array' || schema?.anyOf ? [': ', ...type(schema)] : []),
                ...items?.properties ? [fields(items)] : [],
                ...shown === undefined ? [] : [example(shown)],
            ];
        });
    }

    function operation(path, method, one, shared) {
        const parameters = [...shared ?? [], ...one.parameters ?? []].map(resolve);
        const body = one.requestBody && resolve(one.requestBody);
        const responses = Object.entries(one.responses).map(([status, response]) => [status, resolve(response)]);
        const details = make('details', { className: 'operation', id: one.operationId },
            make('summary', {}, make('b', { className: 'method', textContent: method.toUpperCase() }), code(path), ' ',
                make('span', { textContent: one.summary })),
            ...paragraphs(one.description));
        if (parameters.length) {
            details.append(make('h4', { textContent: 'Parameters' }), table(['Name', 'In', 'Type', 'Meaning'],
                parameters.map(each => [code(each.name), each.in, type(each.schema), words(each.description)])));
        }
        if (body) details.append(make('h4', { textContent: 'Body' }), ...paragraphs(body.description), ...contents(body.content));
        details.append(make('h4', { textContent: 'Answers' }),
            table(['Status', 'Meaning'], responses.map(([status, response]) => [code(status), words(response.description)])),
            ...responses.filter(([status]) => status < 300).flatMap(([, response]) => contents(response.content)));
        return details;
    }

    document.getElementById('title').textContent = description.info.title;
    document.querySelector('header').append(...paragraphs(description.info.description));
    const operations = Object.entries(description.paths).flatMap(([path, { parameters, ...methods }]) =>
        Object.entries(methods).map(([method, one]) => ({ tag: one.tags[0], element: operation(path, method, one, parameters) })));
    const sections = description.tags.map(tag => make('section', {}, make('h2', { textContent: tag.name }),
        ...paragraphs(tag.description), ...operations.filter(one => one.tag === tag.name).map(one => one.element)));
    const values = Object.entries(description.components.schemas).flatMap(([name, schema]) => [
        make('h3', { id: name, textContent: name }), ...paragraphs(schema.description),
        ...schema.properties ? [fields(schema)] : [make('p', {}, ...type(schema))],
    ]);
    document.getElementById('contents').replaceChildren(...sections, make('section', {}, make('h2', { textContent: 'Values' }), ...values));
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) {
        target.open = true;
        target.scrollIntoView();
    }
}

fetch('openapi.json').then(answer => answer.json()).then(describe).catch(() => {
    document.getElementById('contents').append(make('p', { className: 'problem', textContent: 'The description could not be read. Load the page again.' }));
});
