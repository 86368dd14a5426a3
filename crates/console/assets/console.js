/* 雁阵 控制台：没有脚本时一切照常可用，这里只添方便。ES2017，不用内联事件。字词都从页面上取。 */
(() => {
  'use strict';

  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const clock = (digits) => new Date().toTimeString().slice(0, digits);
  const made = (tag, name, text) => {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    return element;
  };
  const button = (name, text, act) => {
    const one = made('button', name, text);
    one.type = 'button';
    one.addEventListener('click', act);
    return one;
  };
  const icon = (name) => '<svg class="i" aria-hidden="true"><use href="#i-' + name + '"></use></svg>';

  // 筛选：选项、勾选一改就生效；手填的等离开筛选栏再生效，免得填一段区间填到一半页面就变了。
  all('form.filters').forEach((form) => {
    let isTyped = false;
    form.addEventListener('change', (event) => {
      const typed = event.target.tagName === 'INPUT' && event.target.type !== 'checkbox';
      if (!typed || event.detail === 'picked') { form.submit(); } else { isTyped = true; }
    });
    form.addEventListener('focusout', (event) => {
      const to = event.relatedTarget;
      // 月历换月时重画，不算离开。
      const isRedrawn = !event.target.isConnected || event.target.closest('.date-p');
      if (isTyped && !isRedrawn && !(to && (form.contains(to) || to.tagName === 'A'))) { form.submit(); }
    });
  });

  // 没有脚本就没有的按钮：打印、复制。
  all('[data-print]').forEach((place) => {
    place.appendChild(button('btn', place.getAttribute('data-print'), () => window.print()));
  });
  all('[data-copy]').forEach((place) => {
    if (!navigator.clipboard) { return; }
    const copy = button('btn btn-s', place.getAttribute('data-copy'), () => {
      const text = place.querySelector('code').textContent;
      const whole = text.startsWith('/') ? location.origin + text : text;
      navigator.clipboard.writeText(whole).then(() => { copy.textContent = place.getAttribute('data-copied'); });
    });
    place.appendChild(copy);
  });

  // 显示的遮盖内容到时自动遮盖；后台的窗口计时会慢，所以看钟。
  all('[data-hide-after]').forEach((place) => {
    const began = Date.now();
    const secret = place.querySelector('[data-secret]');
    const countdown = place.querySelector('[data-countdown]');
    const timer = setInterval(() => {
      const left = Math.ceil(Number(place.getAttribute('data-hide-after')) - (Date.now() - began) / 1000);
      countdown.textContent = ' ' + left + ' ' + countdown.getAttribute('data-countdown');
      if (left > 0) { return; }
      clearInterval(timer);
      secret.textContent = secret.getAttribute('data-hidden');
      countdown.textContent = '';
    }, 1000);
  });

  // “/” 到搜索框，Esc 收起菜单。
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    const search = document.querySelector('input[type="search"]');
    if (event.key === '/' && !typing && search) {
      search.focus();
      event.preventDefault();
    }
    if (event.key === 'Escape') {
      all('details.menu[open]').forEach((menu) => {
        if (menu.contains(document.activeElement)) { menu.querySelector('summary').focus(); }
        menu.open = false;
      });
    }
  });

  // 状态、进度、回执随时更新；断了就说最近更新的时刻，请人重新载入。进度页自己重新载入。
  const live = all('[data-live]');
  if (live.length && window.EventSource) {
    const of = document.querySelector('[data-live-from]');
    const source = new EventSource(of ? of.getAttribute('data-live-from') : '/live');
    const lost = document.querySelector('[data-live-lost]');
    let told = clock(8);
    source.onmessage = (event) => {
      const cells = JSON.parse(event.data);
      told = clock(8);
      live.forEach((place) => {
        const html = cells[place.getAttribute('data-live')];
        if (html !== undefined && place.innerHTML !== html) { place.innerHTML = html; }
      });
    };
    source.addEventListener('over', () => location.reload());
    source.onopen = () => { lost.hidden = true; };
    source.onerror = () => {
      lost.querySelector('time').textContent = told;
      lost.hidden = false;
      if (source.readyState === EventSource.CLOSED && of && of.hasAttribute('data-live-reload')) {
        setTimeout(() => location.reload(), 5000);
      }
    };
    window.addEventListener('pagehide', () => source.close());
  }

  // 草稿自动保存，Ctrl+S 立即保存；第一次保存之后地址就是这份草稿的。
  all('form[data-autosave]').forEach((form) => {
    const fields = () => new URLSearchParams(new FormData(form)).toString();
    const place = document.querySelector('[data-saved]');
    const say = (what) => { place.textContent = place.getAttribute('data-' + what) + ' ' + clock(5); };
    let saved = fields();
    let tried = Date.now();
    let saving = null;
    const send = async (now) => {
      const body = new URLSearchParams(now);
      const answer = await fetch(form.action, { method: 'POST', body: body }).catch(() => null);
      if (!answer) { return 'unsaved'; }
      if (answer.status === 401) { return 'ended'; }
      if (!answer.ok || !answer.redirected) { return answer.status < 500 ? 'refused' : 'unsaved'; }
      const path = new URL(answer.url).pathname;
      if (path === '/sign-in') { return 'ended'; }
      saved = now;
      form.action = path;
      history.replaceState(null, '', path);
      return 'saved';
    };
    const save = async () => {
      const now = fields();
      tried = Date.now();
      if (saving || now === saved || form.hasAttribute('data-sent')) { return; }
      saving = send(now);
      say(await saving);
      saving = null;
    };
    setInterval(() => {
      if (Date.now() - tried >= Number(form.getAttribute('data-autosave')) * 1000) { save(); }
    }, 1000);
    document.addEventListener('keydown', (event) => {
      if (event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        save();
      }
    });
    // 正在保存时按了按钮：等保存完再交，免得一份草稿存成两份。
    form.addEventListener('submit', (event) => {
      if (!saving) { return; }
      const pressed = document.activeElement;
      event.preventDefault();
      event.stopImmediatePropagation();
      saving.then(() => setTimeout(() => pressed.click()));
    });
  });

  // 一张表单只交一次；下载的除外，页面还留着。
  all('form[method="post"]:not([data-again])').forEach((form) => {
    form.addEventListener('submit', (event) => {
      if (form.hasAttribute('data-sent')) { event.preventDefault(); return; }
      form.setAttribute('data-sent', '');
    });
  });

  // “主送”的勾就是要发的单位；“及所辖”由它们算出：全选打勾，选了一部分的不打勾、显示为部分，
  // 所以取消一个下级之后，上级不会再把它带上。
  all('table[data-tree]').forEach((table) => {
    const rows = all('tbody tr', table);
    const depth = (row) => Number(row.getAttribute('data-depth'));
    const box = (row, name) => row.querySelector('input[name="' + name + '"]');
    const trees = rows.filter((row) => box(row, 'tree'));
    const count = table.closest('section').querySelector('[data-count]');
    // 服务器按“及所辖”发给谁：本单位，和下面有站点的单位。
    const within = (top) => {
      const after = rows.slice(rows.indexOf(top) + 1);
      const end = after.findIndex((row) => depth(row) <= depth(top));
      const below = end < 0 ? after : after.slice(0, end);
      return [top].concat(below.filter((row) => row.hasAttribute('data-site'))).map((row) => box(row, 'to'));
    };
    const choose = (row) => within(row).forEach((to) => { to.checked = box(row, 'tree').checked; });
    const tell = () => {
      trees.forEach((row) => {
        const those = within(row);
        const chosen = those.filter((to) => to.checked).length;
        box(row, 'tree').checked = chosen === those.length;
        box(row, 'tree').indeterminate = chosen > 0 && chosen < those.length;
      });
      const chosen = rows.filter((row) => box(row, 'to').checked).length;
      count.textContent = count.getAttribute('data-count') + ' ' + chosen;
    };
    table.addEventListener('change', (event) => {
      if (event.target.name === 'tree') { choose(event.target.closest('tr')); }
      tell();
    });
    // 退回修改的表单可能只勾了“及所辖”。
    trees.filter((row) => box(row, 'tree').checked).forEach(choose);
    tell();
  });

  // 附件一片一片上传：有进度，断了自己接着传，可以取消。
  all('form[data-upload]').forEach((form) => {
    const PIECE = 4 * 1024 * 1024;
    const LONGEST_WAIT = 30000;
    const RATE_KNOWN_AFTER = 5000;
    const input = form.querySelector('input[type="file"]');
    const list = form.querySelector('[data-uploads]');
    const proof = form.querySelector('input[name="csrf"]').value;
    const path = form.getAttribute('data-upload');
    const word = (name) => list.getAttribute('data-' + name);
    const size = (bytes) => (bytes / 1048576).toFixed(1) + ' MB';
    const pause = (time) => new Promise((done) => setTimeout(done, time));
    form.querySelector('button').hidden = true;

    const left = (seconds) => word('left') + ' ' + (seconds < 90 ?
      Math.ceil(seconds) + ' ' + word('seconds') : Math.ceil(seconds / 60) + ' ' + word('minutes'));

    const upload = async (file) => {
      const row = made('li', '', '');
      const name = made('div', 'nm', file.name);
      const bar = document.createElement('progress');
      const state = document.createElement('span');
      const which = { name: file.name, size: file.size, modified: file.lastModified };
      const aborter = new AbortController();
      const signal = aborter.signal;
      const cancel = button('btn btn-s btn-t', word('cancel'), () => {
        aborter.abort();
        row.remove();
        fetch(path + '/cancel', { method: 'POST', body: new URLSearchParams(Object.assign({ csrf: proof }, which)) });
      });
      bar.max = file.size || 1;
      bar.value = 0;
      bar.setAttribute('aria-label', file.name);
      name.append(bar, state);
      row.append(name, cancel);
      list.appendChild(row);

      const address = (offset) =>
        path + '?' + new URLSearchParams(Object.assign({ offset: offset }, which)).toString();
      const piece = (offset) => fetch(address(offset), {
        method: 'POST',
        signal: signal,
        headers: { 'x-csrf': proof, 'content-type': 'application/octet-stream' },
        body: file.slice(offset, offset + PIECE)
      });
      let offset = -1;
      let since = null;
      for (let failures = 0; !signal.aborted;) {
        const answer = await (offset < 0 ? fetch(address(0)) : piece(offset)).catch(() => null);
        if (signal.aborted) { return; }
        if (!answer || answer.status >= 500) {
          // 断了：过一会儿先问已有多少，再接着传。
          const wait = Math.min(LONGEST_WAIT, 1000 * Math.pow(2, failures));
          state.textContent = ' ' + word('waits') + ' ' + Math.round(wait / 1000) + ' ' + word('seconds');
          failures += 1;
          offset = -1;
          since = null;
          await pause(wait);
        } else if (answer.status === 201) {
          bar.value = file.size;
          state.textContent = ' ' + word('done');
          cancel.remove();
          return;
        } else if (answer.ok || answer.status === 409) {
          offset = Number(await answer.text());
          failures = 0;
          since = since || { time: Date.now(), offset: offset };
          const time = Date.now() - since.time;
          const rate = (offset - since.offset) / time * 1000;
          bar.value = offset;
          state.textContent = ' ' + size(offset) + ' / ' + size(file.size) +
            (time >= RATE_KNOWN_AFTER && rate > 0 ? ' ' + left((file.size - offset) / rate) : '');
        } else {
          state.textContent = ' ' + word('failed');
          return;
        }
      }
    };
    input.addEventListener('change', () => {
      Array.from(input.files).forEach(upload);
      input.value = '';
    });
  });

  // 日期可以从月历里选；交出去的还是文本框里的字。
  all('input[data-date]').forEach((input) => {
    const language = document.documentElement.lang;
    const word = (name) => document.body.getAttribute('data-' + name);
    const label = input.labels.length ? input.labels[0].textContent.trim() : input.getAttribute('aria-label');
    const holder = made('span', 'date', '');
    const open = button('btn date-b', '', () => (panel ? close() : begin()));
    const said = (day) => day.toLocaleDateString(language, { year: 'numeric', month: 'long', day: 'numeric' });
    const digits = (number) => String(number).padStart(2, '0');
    const written = (day) => language.startsWith('zh') ? said(day) :
      day.getFullYear() + '-' + digits(day.getMonth() + 1) + '-' + digits(day.getDate());
    const moved = (day, days) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);
    const turned = (day, months) => {
      const last = new Date(day.getFullYear(), day.getMonth() + months + 1, 0);
      return new Date(last.getFullYear(), last.getMonth(), Math.min(day.getDate(), last.getDate()));
    };
    let panel = null;
    let at = null;

    const close = () => {
      if (!panel) { return; }
      const old = panel;
      panel = null;
      old.remove();
      open.setAttribute('aria-expanded', 'false');
    };
    const choose = (day) => {
      input.value = written(day);
      close();
      open.focus();
      input.dispatchEvent(new CustomEvent('change', { bubbles: true, detail: 'picked' }));
    };
    const cell = (day) => {
      const td = document.createElement('td');
      const one = button('date-d', day.getDate(), () => choose(day));
      const is = (other) => day.getTime() === other.getTime();
      one.setAttribute('aria-label', said(day));
      one.tabIndex = is(at) ? 0 : -1;
      if (is(moved(new Date(), 0))) { one.setAttribute('aria-current', 'date'); }
      td.appendChild(one);
      return td;
    };
    const turn = (name, months) => {
      const one = button('btn btn-t btn-s', '', () => show(turned(at, months), false));
      one.innerHTML = icon(months < 0 ? 'left' : 'right');
      one.setAttribute('aria-label', word(name));
      return one;
    };
    const show = (day, isFocused) => {
      at = day;
      const head = made('div', 'date-h', '');
      const month = made('b', '', at.toLocaleDateString(language, { year: 'numeric', month: 'long' }));
      month.setAttribute('aria-live', 'polite');
      head.append(turn('earlier', -1), month, turn('later', 1));
      const table = document.createElement('table');
      const first = moved(at, 1 - at.getDate());
      // 一周从星期一开始。
      const monday = moved(first, -((first.getDay() + 6) % 7));
      const names = table.createTHead().insertRow();
      for (let n = 0; n < 7; n += 1) {
        const name = made('th', '', moved(monday, n).toLocaleDateString(language, { weekday: 'narrow' }));
        name.scope = 'col';
        names.appendChild(name);
      }
      for (let week = monday; week.getTime() <= turned(first, 1).getTime() - 1; week = moved(week, 7)) {
        const row = table.appendChild(document.createElement('tr'));
        for (let n = 0; n < 7; n += 1) {
          const one = moved(week, n);
          row.appendChild(one.getMonth() === at.getMonth() ? cell(one) : document.createElement('td'));
        }
      }
      const turns = Array.from(panel.querySelectorAll('.date-h button'));
      const turnedBy = turns.indexOf(document.activeElement);
      panel.textContent = '';
      panel.append(head, table);
      const focus = isFocused || turnedBy < 0 ? table.querySelector('[tabindex="0"]') : all('button', head)[turnedBy];
      focus.focus();
    };
    const begin = () => {
      const typed = /^(\d{4})\D*(\d{1,2})\D*(\d{1,2})\D*$/.exec(input.value.trim());
      const day = typed ? new Date(Number(typed[1]), Number(typed[2]) - 1, Number(typed[3])) : new Date();
      panel = made('div', 'date-p', '');
      panel.setAttribute('role', 'dialog');
      panel.setAttribute('aria-label', open.getAttribute('aria-label'));
      holder.appendChild(panel);
      open.setAttribute('aria-expanded', 'true');
      show(moved(day, 0), true);
    };

    open.innerHTML = icon('cal');
    open.setAttribute('aria-label', word('pick') + ' ' + label);
    open.setAttribute('aria-haspopup', 'dialog');
    open.setAttribute('aria-expanded', 'false');
    input.parentNode.insertBefore(holder, input);
    holder.append(input, open);
    holder.addEventListener('focusout', (event) => {
      // 换月时月历重画，焦点会离开一下，去处不明的不算。
      if (panel && event.relatedTarget && !holder.contains(event.relatedTarget)) { close(); }
    });
    holder.addEventListener('keydown', (event) => {
      if (!panel) { return; }
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
      const months = { PageUp: -1, PageDown: 1 };
      const isDay = event.target.classList.contains('date-d');
      if (event.key === 'Escape') {
        close();
        open.focus();
      } else if (isDay && steps[event.key]) {
        show(moved(at, steps[event.key]), true);
      } else if (isDay && months[event.key]) {
        show(turned(at, months[event.key]), true);
      } else {
        return;
      }
      event.preventDefault();
    });
  });
})();
