// The functions that the rows of the table call, in pages, in frames and in workers.

const AsyncFunction = (async () => {}).constructor;

// Runs the code of a row, with `sites`, the origins by their names, and the row's name. Returns the code's answer, or the name of the
// error that it throws.
globalThis.run = async (code, sites, row) => {
    Object.assign(globalThis, { sites, row });
    try {
        return String(await new AsyncFunction(code)());
    } catch (error) {
        return error.name;
    }
};

// Runs code that another page or worker sends in a message: { code, sites, row }.
const listen = target => target.addEventListener('message', async ({ data, ports }) => {
    if (data.code) ports[0].postMessage(await run(data.code, data.sites, data.row));
});
listen(globalThis);
globalThis.onconnect = ({ ports: [port] }) => { listen(port); port.start(); };

const ask = (post, code) => new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    post({ code, sites, row }, [port2]);
});

// A URL of the API, or of another origin.
const at = (path, origin = 'api') =>
    `${sites[origin]}${path}${path.includes('?') ? '&' : '?'}row=${row}`;
const moved = (status, to) => at(`/moved/${status}?to=${sites.api}${to}`);

const told = async response =>
    response.type.startsWith('opaque') ? response.type : `${response.status} ${await response.text()}`;
const read = async (path, init) => told(await fetch(at(path), init));
const put = (path, headers = {}, init = {}) => read(path, { method: 'PUT', headers, body: 'x', ...init });
const post = (path, init) => read(path, { method: 'POST', body: 'x', ...init });
const json = { 'content-type': 'application/json' };
const each = async (...asks) => {
    const answers = [];
    for (const ask of asks) answers.push(await ask().catch(error => error.name));
    return answers.join('; ');
};

const xhr = (method, path, { upload, headers = {}, credentials } = {}) => new Promise(resolve => {
    const request = new XMLHttpRequest();
    if (upload) request.upload.onprogress = () => {};
    request.onload = () => resolve(`${request.status} ${request.responseText}`);
    request.onerror = () => resolve('error');
    request.open(method, at(path));
    request.withCredentials = !!credentials;
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    request.send(method === 'GET' ? null : 'x');
});

// An element once it has loaded, or null if it fails to load.
const element = (name, attributes) => new Promise(resolve => {
    const element = Object.assign(document.createElement(name), attributes);
    element.onload = () => resolve(element);
    element.onerror = () => resolve(null);
    document.head.append(element);
});
const picture = async (path, crossOrigin = null) => {
    const image = await element('img', { crossOrigin, src: at(path) });
    if (!image) return 'error';
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.drawImage(image, 0, 0);
    try {
        canvas.getImageData(0, 0, 1, 1);
        return 'its pixels';
    } catch {
        return 'that it loads';
    }
};
const script = async attributes => {
    globalThis.ran = false;
    let message = '';
    onerror = said => { message = said; return true; };
    const loaded = await element('script', attributes);
    return loaded && ran ? `it runs ${message}`.trim() : 'error';
};
const style = async attributes => {
    const link = await element('link', { rel: 'stylesheet', ...attributes });
    if (!link) return 'error';
    try {
        return `${link.sheet.cssRules.length} rule`;
    } catch {
        return 'that it loads';
    }
};
const font = async path => (await new FontFace('square', `url(${at(path)})`).load()).status;
const events = (path, init) => new Promise(resolve => {
    const source = new EventSource(at(path), init);
    const end = answer => { source.close(); resolve(answer); };
    source.onmessage = ({ data }) => end(data);
    source.onerror = () => end('error');
});
const socket = (path, origin = 'api') => new Promise(resolve => {
    const socket = new WebSocket(at(path, origin).replace('http', 'ws'));
    socket.onopen = () => socket.send('echo');
    socket.onmessage = ({ data }) => { resolve(data); socket.close(); };
    socket.onerror = () => resolve('refused');
});
const beacon = (path, type = 'text/plain', origin = 'api') =>
    navigator.sendBeacon(at(path, origin), new Blob(['x'], { type })) ? 'queued' : 'not queued';

// From now on, the requests of this page have no referrer.
const quiet = () => {
    document.head.append(Object.assign(document.createElement('meta'), { name: 'referrer', content: 'no-referrer' }));
};

const frame = attributes => new Promise(resolve => {
    const frame = Object.assign(document.createElement('iframe'), attributes);
    frame.onload = () => resolve(frame);
    document.body.append(frame);
});
// Sends a form into a new frame, or into a given one.
const form = async (path, origin = 'api', target = null) => {
    target ??= await frame({ name: 'answer', src: 'about:blank' });
    const form = Object.assign(document.createElement('form'), {
        method: 'post',
        action: at(path, origin),
        target: target.name,
    });
    document.body.append(form);
    const loaded = new Promise(resolve => { target.onload = resolve; });
    form.submit();
    await loaded;
    return 'sent';
};

// Runs code in a frame.
const inFrame = async (url, code) => {
    const { contentWindow } = await frame({ name: 'framed', src: url });
    return ask((message, ports) => contentWindow.postMessage(message, '*', ports), code);
};
const inSandbox = async code => {
    const srcdoc = `<script src="${sites.app}/page.js"></script>`;
    const { contentWindow } = await frame({ sandbox: 'allow-scripts allow-forms', srcdoc });
    return ask((message, ports) => contentWindow.postMessage(message, '*', ports), code);
};
const inWorker = (code, url = '/page.js', options = {}) => {
    const worker = new Worker(url, options);
    return ask((message, ports) => worker.postMessage(message, ports), code);
};
const inSharedWorker = code => {
    const { port } = new SharedWorker('/page.js');
    port.start();
    return ask((message, ports) => port.postMessage(message, ports), code);
};
const imported = () => `importScripts("${sites.app}/page.js")`;
// Runs code in a page that a service worker serves.
const served = async code => {
    const registered = await navigator.serviceWorker.register('/served/worker.js', { scope: '/served/' });
    const worker = registered.installing ?? registered.waiting ?? registered.active;
    if (worker.state !== 'activated') {
        await new Promise(resolve => worker.addEventListener('statechange', () => {
            if (worker.state === 'activated') resolve();
        }));
    }
    const answer = await inFrame('/served/page', code);
    await registered.unregister();
    return answer;
};
