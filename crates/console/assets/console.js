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

  // 一张表单只交一次。
  document.querySelectorAll('form[method="post"]').forEach(function (form) {
    form.addEventListener('submit', function (event) {
      if (form.hasAttribute('data-sent')) { event.preventDefault(); return; }
      form.setAttribute('data-sent', '');
    });
  });
})();
