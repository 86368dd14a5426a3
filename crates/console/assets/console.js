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
})();
