/* 雁阵 控制台：没有脚本时一切照常可用，这里只添方便。ES2017，不用内联事件。 */
(function () {
  'use strict';

  // 筛选条件一改就生效。
  document.querySelectorAll('form.filters select').forEach(function (select) {
    select.addEventListener('change', function () { select.form.submit(); });
  });

  // 没有脚本就没有的按钮：打印、复制。
  document.querySelectorAll('[data-print]').forEach(function (place) {
    var button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn';
    button.textContent = place.getAttribute('data-print');
    button.addEventListener('click', function () { window.print(); });
    place.appendChild(button);
  });
  document.querySelectorAll('[data-copy]').forEach(function (place) {
    if (!navigator.clipboard) { return; }
    var button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-s';
    button.textContent = place.getAttribute('data-copy');
    button.addEventListener('click', function () {
      navigator.clipboard.writeText(place.querySelector('code').textContent);
    });
    place.appendChild(button);
  });

  // 显示的遮盖内容到时自动遮盖。
  document.querySelectorAll('[data-hide-after]').forEach(function (place) {
    var left = Number(place.getAttribute('data-hide-after'));
    var secret = place.querySelector('[data-secret]');
    var countdown = place.querySelector('[data-countdown]');
    var timer = window.setInterval(function () {
      left -= 1;
      countdown.textContent = ' ' + left + ' ' + countdown.getAttribute('data-countdown');
      if (left > 0) { return; }
      window.clearInterval(timer);
      secret.textContent = secret.getAttribute('data-hidden');
      countdown.textContent = '';
    }, 1000);
  });

  // “/” 到搜索框，Esc 收起菜单。
  document.addEventListener('keydown', function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === '/' && !typing) {
      var search = document.querySelector('input[type="search"]');
      if (search) { search.focus(); event.preventDefault(); }
    }
    if (event.key === 'Escape') {
      document.querySelectorAll('details.menu[open]').forEach(function (menu) { menu.open = false; });
    }
  });

  // 站点状态、传输进度随时更新；断了就说最近更新的时刻，请人重新载入。
  var live = document.querySelectorAll('[data-live]');
  if (live.length && window.EventSource) {
    var told = new Date();
    var lost = document.querySelector('[data-live-lost]');
    var source = new EventSource('/live');
    source.onmessage = function (event) {
      var cells = JSON.parse(event.data);
      told = new Date();
      live.forEach(function (place) {
        var html = cells[place.getAttribute('data-live')];
        if (html !== undefined && place.innerHTML !== html) { place.innerHTML = html; }
      });
    };
    source.onopen = function () { if (lost) { lost.hidden = true; } };
    source.onerror = function () {
      if (!lost) { return; }
      lost.querySelector('time').textContent = told.toTimeString().slice(0, 8);
      lost.hidden = false;
    };
    window.addEventListener('pagehide', function () { source.close(); });
  }

  // 一张表单只交一次；下载的除外，页面还留着。
  document.querySelectorAll('form[method="post"]:not([data-again])').forEach(function (form) {
    form.addEventListener('submit', function (event) {
      if (form.hasAttribute('data-sent')) { event.preventDefault(); return; }
      form.setAttribute('data-sent', '');
    });
  });

  // 勾选“及所辖”，下级跟着勾选；随时显示已选几个。
  document.querySelectorAll('table[data-tree]').forEach(function (table) {
    var rows = Array.prototype.slice.call(table.querySelectorAll('tbody tr'));
    var depth = function (row) { return Number(row.getAttribute('data-depth')); };
    var box = function (row, name) { return row.querySelector('input[name="' + name + '"]'); };
    var count = table.closest('section').querySelector('[data-count]');
    var tell = function () {
      var chosen = rows.filter(function (row) { return box(row, 'to').checked; }).length;
      if (count) { count.textContent = count.getAttribute('data-count') + ' ' + chosen; }
    };
    table.addEventListener('change', function (event) {
      var row = event.target.closest('tr');
      if (event.target.name === 'tree') {
        for (var at = rows.indexOf(row), own = depth(row); at < rows.length; at += 1) {
          if (rows[at] !== row && depth(rows[at]) <= own) { break; }
          box(rows[at], 'to').checked = event.target.checked;
        }
      }
      tell();
    });
    tell();
  });

  // 草稿每 30 秒保存一次，Ctrl+S 立即保存。
  document.querySelectorAll('form[data-autosave]').forEach(function (form) {
    var fields = function () { return new URLSearchParams(new FormData(form)).toString(); };
    var saved = fields();
    var save = function () {
      var now = fields();
      if (now === saved || form.hasAttribute('data-sent')) { return; }
      fetch(form.action, { method: 'POST', body: new URLSearchParams(now), redirect: 'manual' }).then(function (answer) {
        if (answer.type !== 'opaqueredirect') { return; }
        saved = now;
        var place = document.querySelector('[data-saved]');
        if (place) {
          place.textContent = place.getAttribute('data-saved') + ' ' + new Date().toTimeString().slice(0, 5);
        }
      }).catch(function () {});
    };
    setInterval(save, 30000);
    document.addEventListener('keydown', function (event) {
      if (event.key === 's' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); }
    });
  });

  // 附件一片一片上传：有进度，断了接着传，可以取消。
  document.querySelectorAll('form[data-upload]').forEach(function (form) {
    var PIECE = 4 * 1024 * 1024;
    var input = form.querySelector('input[type="file"]');
    var list = form.querySelector('[data-uploads]');
    var proof = form.querySelector('input[name="csrf"]').value;
    var word = function (name) { return list.getAttribute('data-' + name); };
    var size = function (bytes) { return (bytes / 1048576).toFixed(1) + ' MB'; };
    form.querySelector('button').hidden = true;

    var upload = function (file) {
      var row = document.createElement('li');
      var name = document.createElement('div');
      var bar = document.createElement('progress');
      var state = document.createElement('span');
      var cancel = document.createElement('button');
      var stopped = false;
      name.className = 'nm';
      name.textContent = file.name;
      bar.max = file.size || 1;
      bar.value = 0;
      bar.setAttribute('aria-label', file.name);
      cancel.type = 'button';
      cancel.className = 'btn btn-s btn-t';
      cancel.textContent = word('cancel');
      cancel.addEventListener('click', function () { stopped = true; row.remove(); });
      [bar, state].forEach(function (part) { name.appendChild(part); });
      [name, cancel].forEach(function (part) { row.appendChild(part); });
      list.appendChild(row);
      var address = function (offset) {
        return form.getAttribute('data-upload') + '?name=' + encodeURIComponent(file.name) + '&size=' + file.size +
          '&modified=' + file.lastModified + '&offset=' + offset;
      };
      var fail = function () { state.textContent = ' ' + word('failed'); };
      var send = function (offset) {
        if (stopped) { return; }
        bar.value = offset;
        state.textContent = ' ' + size(offset) + ' / ' + size(file.size);
        fetch(address(offset), {
          method: 'POST',
          headers: { 'x-csrf': proof, 'content-type': 'application/octet-stream' },
          body: file.slice(offset, offset + PIECE)
        }).then(function (answer) {
          return answer.text().then(function (text) {
            if (answer.status === 201) {
              bar.value = file.size;
              state.textContent = ' ' + word('done');
              cancel.remove();
            } else if (answer.ok || answer.status === 409) {
              send(Number(text));
            } else { fail(); }
          });
        }).catch(fail);
      };
      fetch(address(0)).then(function (answer) {
        return answer.ok ? answer.text().then(function (text) { send(Number(text)); }) : fail();
      }).catch(fail);
    };
    input.addEventListener('change', function () {
      Array.prototype.forEach.call(input.files, upload);
      input.value = '';
    });
  });
})();
